using System.Buffers;
using System.Globalization;
using System.Text;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Functions.Ingest;
using Tidemark.Sinks;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// Everything that was written for dashboards, in the order in which this process wrote it: nothing is dropped, so that a test sees what
/// came twice.
/// </summary>
internal sealed class ResultFile(string path) : IResultSink
{
    private readonly LineFile _file = new(path);

    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        foreach (WindowResult result in results)
        {
            ArrayBufferWriter<byte> json = new();
            ResultJson.Write(result, json);
            _file.Append(Encoding.UTF8.GetString(json.WrittenSpan));
        }

        return Task.CompletedTask;
    }

    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The dead-letter topic: where each record came from and why it is there.</summary>
internal sealed class LetterFile(string path) : IDeadLetters
{
    private readonly LineFile _file = new(path);

    public Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken)
    {
        foreach (RejectedRecord record in records)
        {
            _file.Append(string.Create(CultureInfo.InvariantCulture, $"{record.Partition} {record.Offset} {record.Reason.Name()}"));
        }

        return Task.CompletedTask;
    }
}

/// <summary>Appends lines, each in one write that the system has when it returns: a process that is killed then loses none.</summary>
internal sealed class LineFile(string path)
{
    private readonly Lock _lock = new();

    public void Append(string line)
    {
        lock (_lock)
        {
            File.AppendAllText(path, line + "\n");
        }
    }
}
