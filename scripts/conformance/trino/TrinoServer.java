import io.trino.plugin.hive.HiveConnectorFactory;
import io.trino.plugin.iceberg.IcebergPlugin;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.spi.Plugin;
import io.trino.spi.connector.ConnectorFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Trino of one node on the loopback address, with two catalogs in a local folder: `lake` of Iceberg tables, and `hive` of plain
 * Parquet files in Hive partitions, as bronze is in Athena. Prints `READY <url>`, and ends when its standard input does, so that
 * it never outlives who started it.
 *
 * Argument: the folder for everything it writes.
 */
public class TrinoServer {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]).toAbsolutePath();
        try (TestingTrinoServer server = TestingTrinoServer.builder()
                .setBaseDataDir(Optional.of(folder.resolve("node")))
                .build()) {
            server.installPlugin(new IcebergPlugin());
            server.createCatalog("lake", "iceberg", Map.of(
                    "iceberg.catalog.type", "TESTING_FILE_METASTORE",
                    "hive.metastore.catalog.dir", folder.resolve("lake").toUri().toString(),
                    "iceberg.register-table-procedure.enabled", "true",
                    "iceberg.file-format", "PARQUET"));
            server.installPlugin(new Plugin() {
                @Override
                public Iterable<ConnectorFactory> getConnectorFactories() {
                    return List.of(new HiveConnectorFactory("hive"));
                }
            });
            server.createCatalog("hive", "hive", Map.of(
                    "hive.metastore", "file",
                    "hive.metastore.catalog.dir", folder.resolve("hive").toUri().toString(),
                    "hive.storage-format", "PARQUET"));
            System.out.println("READY " + server.getBaseUrl());
            while (System.in.read() >= 0) {
                // whoever started this server closes its standard input
            }
        }
    }
}
