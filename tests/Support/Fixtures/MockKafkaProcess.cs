using System.Diagnostics;

namespace Tidemark.Support.Fixtures;

/// <summary>
/// A <see cref="MockKafka"/> in a process of its own: what it holds outlives clients that are killed, and its threads are not this process's. The
/// project that uses it references
/// MockBroker, whose program lies then beside the tests. It ends with this object, and with this process.
/// </summary>
public sealed class MockKafkaProcess : IDisposable
{
    private readonly Process _process;

    /// <param name="topics">Each a name, a colon and the number of partitions.</param>
    public MockKafkaProcess(params string[] topics)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Tidemark.Support.MockBroker.exe" : "Tidemark.Support.MockBroker");
        _process = Process.Start(new ProcessStartInfo(program, topics) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Brokers = Answer();
    }

    /// <summary>Where it listens.</summary>
    public string Brokers { get; }

    /// <summary>Closes its connections and refuses new ones.</summary>
    public void SetDown() => Order("down");

    /// <summary>Takes connections again.</summary>
    public void SetUp() => Order("up");

    /// <summary>How long it takes for every answer.</summary>
    public void SetDelay(TimeSpan time) => Order($"delay {(int)time.TotalMilliseconds}");

    /// <summary>Makes a topic.</summary>
    public void CreateTopic(string name, int partitions) => Order($"topic {name} {partitions}");

    /// <summary>The next requests of a kind are answered with these errors: see <see cref="MockKafka.FailNext"/>.</summary>
    public void FailNext(short kind, params Confluent.Kafka.ErrorCode[] errors) => Order($"fail {kind} {string.Join(' ', errors.Select(error => (int)error))}");

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Order(string order)
    {
        _process.StandardInput.WriteLine(order);
        _process.StandardInput.Flush();
        string answer = Answer();
        if (answer != "done")
        {
            throw new InvalidOperationException($"The mock broker: expected done, got '{answer}'.");
        }
    }

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The mock broker has ended.");
}
