using System.Buffers;
using System.Globalization;
using System.Text;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Functions.Ingest;
using Tidemark.Sinks;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// Records every result written to Redis, in the order in which this process wrote them, including repeated ones.
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

/// <summary>The dead-letter topic: the origin of each record and the reason.</summary>
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

/// <summary>Appends lines, each with one write to the operating system, so that a killed process loses none.</summary>
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
