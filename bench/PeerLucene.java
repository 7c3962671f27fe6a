/* Lucene as one of the engines; see bench/peer.h for commands and answers. One segment,
 * documents and frequencies only, no query cache; `build-stored` keeps the text, too. */
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopScoreDocCollector;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

public final class PeerLucene {
    private static final String KEY = "\"text\":\"";
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private PeerLucene() {}

    /* Segments are merged in the order of the records, so that a document's number is its
     * record's. */
    private static void build(String corpus, String index, boolean stored) throws IOException {
        FieldType type = new FieldType();
        type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
        type.setTokenized(true);
        type.setStored(stored);
        type.freeze();
        IndexWriterConfig config = new IndexWriterConfig(new WhitespaceAnalyzer());
        config.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
        config.setSimilarity(new BM25Similarity(1.2f, 0.75f));
        config.setRAMBufferSizeMB(256);
        config.setMergePolicy(new LogDocMergePolicy());
        config.setMergeScheduler(new SerialMergeScheduler());
        config.setUseCompoundFile(false);
        try (Directory directory = new MMapDirectory(Paths.get(index));
                IndexWriter writer = new IndexWriter(directory, config);
                BufferedReader lines = Files.newBufferedReader(Paths.get(corpus))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int start = line.indexOf(KEY) + KEY.length();
                Document document = new Document();
                document.add(new Field("text", line.substring(start, line.indexOf('"', start)), type));
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
    }

    private static Query parse(String text) {
        Map<String, Integer> times = new LinkedHashMap<>();
        for (String word : text.split(" "))
            times.merge(word, 1, Integer::sum);
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        for (Map.Entry<String, Integer> entry : times.entrySet()) {
            Query term = new TermQuery(new Term("text", entry.getKey()));
            int n = entry.getValue();
            all.add(n == 1 ? term : new BoostQuery(term, n), BooleanClause.Occur.SHOULD);
        }
        return all.build();
    }

    private static void answer(IndexSearcher searcher, String topic, int k, StringBuilder out)
            throws IOException {
        int tab = topic.indexOf('\t');
        String text = topic.substring(tab + 1);
        long wall = System.nanoTime();
        long cpu = THREADS.getCurrentThreadCpuTime();
        // search(query, k) would count up to 1,000 hits before it passes over any.
        TopScoreDocCollector best = TopScoreDocCollector.create(k, k);
        searcher.search(parse(text), best);
        ScoreDoc[] hits = best.topDocs().scoreDocs;
        cpu = THREADS.getCurrentThreadCpuTime() - cpu;
        wall = System.nanoTime() - wall;
        out.append(topic, 0, tab).append(' ').append(wall).append(' ').append(cpu);
        for (ScoreDoc hit : hits)
            out.append(String.format(" b%07d %.9g", hit.doc, hit.score));
        out.append('\n');
    }

    private static void serve(String index) throws IOException {
        BooleanQuery.setMaxClauseCount(65536);
        PrintStream stdout = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out),
                false, "US-ASCII");
        long began = System.nanoTime();
        try (Directory directory = new MMapDirectory(Paths.get(index));
                DirectoryReader reader = DirectoryReader.open(directory);
                BufferedReader commands = new BufferedReader(
                        new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            if (reader.leaves().size() != 1)
                throw new IOException(index + " has more than one segment");
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
            searcher.setQueryCache(null);
            stdout.print("opened " + (System.nanoTime() - began) + "\n");
            stdout.flush();
            List<String> topics = new ArrayList<>();
            String loaded = "";
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] words = line.split(" ", 4);
                int k = Integer.parseInt(words[0]);
                int first = Integer.parseInt(words[1]);
                int count = Integer.parseInt(words[2]);
                if (!loaded.equals(words[3])) {
                    topics = Files.readAllLines(Paths.get(words[3]));
                    loaded = words[3];
                }
                StringBuilder out = new StringBuilder();
                for (int i = first; i < topics.size() && i - first < count; i++)
                    answer(searcher, topics.get(i), k, out);
                stdout.print(out);
                stdout.flush();
            }
        }
    }

    public static void main(String[] args) throws IOException {
        if (args.length == 3 && args[0].startsWith("build"))
            build(args[1], args[2], args[0].equals("build-stored"));
        else if (args.length == 2 && args[0].equals("search"))
            serve(args[1]);
        else
            throw new IllegalArgumentException("usage: build|build-stored CORPUS INDEX | search INDEX");
    }
}
