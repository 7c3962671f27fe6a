// By simdjson, which allocates without throwing and is compiled without exceptions here: all
// that can fail gives a code. A function named take_... says whether its value was plain.
extern "C" {
#include "corpus/json_fast.h"
}

#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

#include <simdjson.h>

using namespace simdjson;

struct anam_json_fast {
    dom::parser parser{ANAM_JSON_FAST_MOST};
    dom::document document{};
    char line[ANAM_JSON_FAST_MOST + SIMDJSON_PADDING];
};

namespace
{

enum : size_t { MOST_MEMBERS = 64 }; // of an object, when some are kept in extra
enum { MOST_DEEP = 8 };              // arrays and objects in each other, in extra

// An object whose members are asked for by name, each name once. Of keys that come twice
// only the first is found.
class Members
{
  public:
    explicit Members(dom::object object) : object_(object)
    {
    }

    // Whether there is such a member, if only null.
    bool find(std::string_view name, dom::element *value)
    {
        auto end = object_.end();
        uint64_t bit = 1;
        for (auto at = object_.begin(); at != end && bit; ++at, bit <<= 1)
            if (at.key_equals(name)) {
                *value = at.value();
                found_ |= bit;
                n_found_++;
                return true;
            }
        return false;
    }

    // Whether it says anything: null is as good as no member.
    bool says(std::string_view name, dom::element *value)
    {
        return find(name, value) && !value->is_null();
    }

    bool no_others() const
    {
        return n_found_ == object_.size();
    }

    dom::object object() const
    {
        return object_;
    }

    uint64_t found() const // a bit each, from the first member
    {
        return found_;
    }

  private:
    dom::object object_;
    uint64_t found_ = 0;
    size_t n_found_ = 0;
};

// Functions named put_... append to the builder's extra what jansson would write. They return
// false where the value is not plain; lack of memory is noted in the builder.

void put(anam_builder *b, std::string_view s)
{
    if (!anam_buffer_append(&b->extra, s.data(), s.size()))
        b->no_memory = true;
}

void put_string(anam_builder *b, std::string_view s)
{
    if (!anam_json_append_string(&b->extra, s.data(), s.size()))
        b->no_memory = true;
}

bool put_value(anam_builder *b, dom::element value, int depth);

bool put_array(anam_builder *b, dom::array items, int depth)
{
    std::string_view comma = "";
    put(b, "[");
    for (dom::element item : items) {
        put(b, comma);
        if (!put_value(b, item, depth))
            return false;
        comma = ",";
    }
    put(b, "]");
    return true;
}

// All members but those with a bit in `without`. Of keys that come twice only the first may
// be among these, for it is at the second that they are seen.
bool put_object(anam_builder *b, dom::object object, uint64_t without, int depth)
{
    std::string_view comma = "";
    if (object.size() > MOST_MEMBERS)
        return false;
    put(b, "{");
    for (auto at = object.begin(); at != object.end(); ++at, without >>= 1) {
        if (without & 1)
            continue;
        for (auto before = object.begin(); before != at; ++before)
            if (before.key_equals(at.key()))
                return false;
        put(b, comma);
        put_string(b, at.key());
        put(b, ":");
        if (!put_value(b, at.value(), depth))
            return false;
        comma = ",";
    }
    put(b, "}");
    return true;
}

std::string_view decimal(int64_t number, char (&digits)[32])
{
    int n = std::snprintf(digits, sizeof digits, "%lld", static_cast<long long>(number));
    return {digits, static_cast<size_t>(n)};
}

bool put_value(anam_builder *b, dom::element value, int depth)
{
    std::string_view s;
    int64_t number;
    bool truth;
    dom::array items;
    dom::object object;
    char digits[32];
    if (value.get(s) == SUCCESS)
        put_string(b, s);
    else if (value.get(number) == SUCCESS)
        put(b, decimal(number, digits));
    else if (value.get(truth) == SUCCESS)
        put(b, truth ? "true" : "false");
    else if (value.is_null())
        put(b, "null");
    else if (depth < MOST_DEEP && value.get(items) == SUCCESS)
        return put_array(b, items, depth + 1);
    else
        return depth < MOST_DEEP && value.get(object) == SUCCESS &&
               put_object(b, object, 0, depth + 1);
    return true;
}

// What was not asked for, after all that was. The extra of the builder is but a place to
// write here: other formats fill it, and it is empty again.
bool take_others(anam_builder *b, const Members &members, const char **extra)
{
    if (members.no_others())
        return true;
    if (!put_object(b, members.object(), members.found(), 0))
        return false;
    *extra = anam_builder_copy(b, b->extra.data, b->extra.len);
    b->extra.len = 0;
    return true;
}

bool take_string(anam_builder *b, dom::element value, const char **to)
{
    std::string_view s;
    if (value.get(s))
        return false;
    *to = anam_builder_copy(b, s.data(), s.size());
    return true;
}

bool take_if_there(anam_builder *b, Members *members, const char *name, const char **to)
{
    dom::element value;
    return !members->says(name, &value) || take_string(b, value, to);
}

bool take_known(anam_builder *b, Members *members, const char *name)
{
    dom::element value;
    const char *text = nullptr;
    if (!members->says(name, &value))
        return true;
    if (!take_string(b, value, &text))
        return false;
    anam_builder_set(b, anam_record_key_find(name), text);
    return true;
}

bool take_id(anam_builder *b, Members *members)
{
    dom::element value;
    if (!members->find("id", &value) && !members->find("_id", &value))
        return false;
    int64_t number;
    if (value.get(number))
        return take_string(b, value, &b->record.id);
    char digits[32];
    std::string_view s = decimal(number, digits);
    b->record.id = anam_builder_copy(b, s.data(), s.size());
    return true;
}

bool take_short_answer(anam_builder *b, Members *members)
{
    dom::element value;
    if (!members->says("answer", &value))
        return true;
    anam_answer answer = {};
    if (!take_string(b, value, &answer.text))
        return false;
    anam_builder_answer(b, &answer);
    b->has_content = true;
    return true;
}

bool take_answer_item(anam_builder *b, dom::element item)
{
    anam_answer answer = {};
    dom::object object;
    if (item.get(object) == SUCCESS) {
        Members members(object);
        dom::element text;
        if (!members.find("text", &text) || !take_string(b, text, &answer.text) ||
            !take_if_there(b, &members, "author", &answer.author) ||
            !take_if_there(b, &members, "role", &answer.role) ||
            !take_if_there(b, &members, "date", &answer.date) ||
            !take_others(b, members, &answer.extra))
            return false;
    } else if (!take_string(b, item, &answer.text)) {
        return false;
    }
    anam_builder_answer(b, &answer);
    return true;
}

bool take_answers(anam_builder *b, Members *members)
{
    dom::element value;
    dom::array items;
    if (!members->says("answers", &value))
        return true;
    if (value.get(items))
        return false;
    b->has_content = true;
    for (dom::element item : items)
        if (!take_answer_item(b, item))
            return false;
    return true;
}

bool take_tags(anam_builder *b, Members *members)
{
    dom::element value;
    dom::array items;
    if (!members->says("tags", &value))
        return true;
    if (value.get(items))
        return false;
    for (dom::element item : items) {
        const char *tag = nullptr;
        if (!take_string(b, item, &tag))
            return false;
        anam_builder_tag(b, tag);
    }
    return true;
}

bool take_age(Members *members, const char *name, int32_t *age)
{
    dom::element value;
    int64_t years;
    if (!members->says(name, &value))
        return true;
    if (value.get(years) || years < 0 || years > 150)
        return false;
    *age = static_cast<int32_t>(years);
    return true;
}

bool take_asker(anam_builder *b, Members *members)
{
    dom::element value;
    dom::object object;
    if (!members->says("asker", &value))
        return true;
    if (value.get(object))
        return false;
    Members of_asker(object);
    anam_asker *asker = &b->record.asker;
    return take_if_there(b, &of_asker, "sex", &asker->sex) &&
           take_age(&of_asker, "age_min", &asker->age_min) &&
           take_age(&of_asker, "age_max", &asker->age_max) &&
           take_others(b, of_asker, &asker->extra);
}

bool take_record(anam_builder *b, dom::object object)
{
    static const char *const known[] = {"title", "question", "text",   "specialty",
                                        "date",  "url",      "source", "lang"};
    Members members(object);
    for (const char *name : known)
        if (!take_known(b, &members, name))
            return false;
    return take_id(b, &members) && take_short_answer(b, &members) && take_answers(b, &members) &&
           take_tags(b, &members) && take_asker(b, &members) &&
           take_others(b, members, &b->record.extra);
}

} // namespace

struct anam_json_fast *anam_json_fast_new(void)
{
    auto *fast = new (std::nothrow) anam_json_fast;
    if (fast && (fast->parser.allocate(ANAM_JSON_FAST_MOST) ||
                 fast->document.allocate(ANAM_JSON_FAST_MOST))) {
        delete fast;
        return nullptr;
    }
    return fast;
}

void anam_json_fast_free(struct anam_json_fast *fast)
{
    delete fast;
}

bool anam_json_fast_take(struct anam_json_fast *fast, const char *line, size_t n,
                         struct anam_builder *b)
{
    if (n == 0 || n > ANAM_JSON_FAST_MOST || line[0] != '{')
        return false;
    std::memcpy(fast->line, line, n);
    dom::object object;
    return !fast->parser.parse_into_document(fast->document, fast->line, n, false).get(object) &&
           take_record(b, object);
}
