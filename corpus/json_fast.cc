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

// An object whose members are asked for by name. Keys that come twice are found once, so
// the number found tells whether there are others than those asked for.
class Members
{
  public:
    explicit Members(dom::object object) : object_(object)
    {
    }

    // Whether there is such a member, if only null.
    bool find(std::string_view name, dom::element *value)
    {
        bool there = object_.at_key(name).get(*value) == SUCCESS;
        found_ += there;
        return there;
    }

    // Whether it says anything: null is as good as no member.
    bool says(std::string_view name, dom::element *value)
    {
        return find(name, value) && !value->is_null();
    }

    bool no_others() const
    {
        return found_ == object_.size();
    }

  private:
    dom::object object_;
    size_t found_ = 0;
};

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
    int n = std::snprintf(digits, sizeof digits, "%lld", static_cast<long long>(number));
    b->record.id = anam_builder_copy(b, digits, static_cast<size_t>(n));
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
            !take_if_there(b, &members, "date", &answer.date) || !members.no_others())
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
           take_age(&of_asker, "age_max", &asker->age_max) && of_asker.no_others();
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
           take_tags(b, &members) && take_asker(b, &members) && members.no_others();
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
