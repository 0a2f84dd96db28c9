using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Tidemark.Support.Fixtures;

/// <summary>
/// A Kafka cluster in this process: librdkafka's own mock, which speaks the real protocol on loopback. It keeps the newest 5 MiB of a
/// partition. It supports no login, no transactions and no timestamps.
/// </summary>
public sealed partial class MockKafka : IDisposable
{
    private const string Library = "librdkafka";

    private readonly nint _client;
    private readonly nint _cluster;

    // Confluent.Kafka falls back to the second where the first does not load (it wants another libsasl2); both must be the one copy in this process.
    static MockKafka() => NativeLibrary.SetDllImportResolver(typeof(MockKafka).Assembly, static (name, assembly, path) =>
        name == Library && !NativeLibrary.TryLoad(name, assembly, path, out nint handle)
            && NativeLibrary.TryLoad("centos8-librdkafka", assembly, path, out handle) ? handle : 0);

    public MockKafka(int brokers = 1)
    {
        nint config = rd_kafka_conf_new();
        byte[] error = new byte[512];
        Check(rd_kafka_conf_set(config, "log_level", "0", error, error.Length) == 0, "a silent client", error);
        _client = rd_kafka_new(0, config, error, error.Length);
        Check(_client != 0, "a client", error);
        _cluster = rd_kafka_mock_cluster_new(_client, brokers);
        Check(_cluster != 0, "a cluster", error);
        Brokers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;
    }

    /// <summary>The bootstrap servers.</summary>
    public string Brokers { get; }

    /// <summary>Creates a topic.</summary>
    public void CreateTopic(string name, int partitions) => Check(rd_kafka_mock_topic_create(_cluster, name, partitions, 1));

    /// <summary>Makes every response about a topic this error; no error restores it.</summary>
    public void SetTopicError(string name, ErrorCode error) => rd_kafka_mock_topic_set_error(_cluster, name, (int)error);

    /// <summary>Closes a broker's connections and refuses new ones. Brokers are numbered from 1.</summary>
    public void SetDown(int broker = 1) => Check(rd_kafka_mock_broker_set_down(_cluster, broker));

    /// <summary>Accepts connections again.</summary>
    public void SetUp(int broker = 1) => Check(rd_kafka_mock_broker_set_up(_cluster, broker));

    /// <summary>Sets the latency of a broker's responses.</summary>
    public void SetRoundTrip(TimeSpan time, int broker = 1) => Check(rd_kafka_mock_broker_set_rtt(_cluster, broker, (int)time.TotalMilliseconds));

    /// <summary>
    /// Makes the next requests of a kind fail with these errors, one each. Kinds are the protocol's: 0 produce, 1 fetch, 2 offsets, 22
    /// producer id.
    /// </summary>
    public void FailNext(short kind, params ErrorCode[] errors) =>
        rd_kafka_mock_push_request_errors_array(_cluster, kind, errors.Length, Array.ConvertAll(errors, error => (int)error));

    public void Dispose()
    {
        rd_kafka_mock_cluster_destroy(_cluster);
        rd_kafka_destroy(_client);
    }

    private static void Check(int error) => Check(error == 0, $"success, got {(ErrorCode)error}", []);

    private static void Check(bool isFine, string expected, byte[] error)
    {
        if (!isFine)
        {
            throw new InvalidOperationException($"The mock cluster: expected {expected}. {System.Text.Encoding.UTF8.GetString(error).TrimEnd('\0')}");
        }
    }

    [LibraryImport(Library)]
    private static partial nint rd_kafka_conf_new();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_conf_set(nint config, string name, string value, [Out] byte[] error, nint errorSize);

    [LibraryImport(Library)]
    private static partial nint rd_kafka_new(int type, nint config, [Out] byte[] error, nint errorSize);

    [LibraryImport(Library)]
    private static partial void rd_kafka_destroy(nint client);

    [LibraryImport(Library)]
    private static partial nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [LibraryImport(Library)]
    private static partial void rd_kafka_mock_cluster_destroy(nint cluster);

    [LibraryImport(Library)]
    private static partial nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_mock_topic_create(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void rd_kafka_mock_topic_set_error(nint cluster, string topic, int error);

    [LibraryImport(Library)]
    private static partial int rd_kafka_mock_broker_set_down(nint cluster, int broker);

    [LibraryImport(Library)]
    private static partial int rd_kafka_mock_broker_set_up(nint cluster, int broker);

    [LibraryImport(Library)]
    private static partial int rd_kafka_mock_broker_set_rtt(nint cluster, int broker, int milliseconds);

    [LibraryImport(Library)]
    private static partial void rd_kafka_mock_push_request_errors_array(nint cluster, short kind, nint count, int[] errors);
}
