using System.Globalization;
using System.Text;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Ingest;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>A topic that is complete from the start: every process of a test reads the same file. Offsets are positions.</summary>
internal sealed class RecordedLog(IReadOnlyList<IReadOnlyList<byte[]>> partitions, long arrivalMs) : IBroker
{
    private const char Separator = '\t';

    public IReadOnlyList<IReadOnlyList<byte[]>> Partitions => partitions;

    public long Count => partitions.Sum(partition => (long)partition.Count);

    /// <summary>Writes the log to a file for <see cref="Load"/>.</summary>
    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{partitions.Count}{Separator}{arrivalMs}\n")));
        for (int partition = 0; partition < partitions.Count; partition++)
        {
            foreach (byte[] line in partitions[partition])
            {
                file.Write(Encoding.UTF8.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"{partition}{Separator}{Convert.ToBase64String(line)}\n")));
            }
        }
    }

    public static RecordedLog Load(string path)
    {
        string[] lines = File.ReadAllLines(path);
        string[] head = lines[0].Split(Separator);
        List<byte[]>[] partitions = [.. Enumerable.Range(0, int.Parse(head[0], CultureInfo.InvariantCulture)).Select(_ => new List<byte[]>())];
        foreach (string[] line in lines.Skip(1).Select(line => line.Split(Separator)))
        {
            partitions[int.Parse(line[0], CultureInfo.InvariantCulture)].Add(Convert.FromBase64String(line[1]));
        }

        return new RecordedLog(partitions, long.Parse(head[1], CultureInfo.InvariantCulture));
    }

    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public KafkaValue At(int partition, long offset) => new(offset, arrivalMs, partitions[partition][(int)offset]);

    public Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<int>>([.. Enumerable.Range(0, partitions.Count)]);

    public Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken) =>
        Task.FromResult(new LogBounds(0, partitions[partition].Count));

    public Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken)
    {
        long to = Math.Min(Math.Min(last, partitions[partition].Count - 1), from + most - 1);
        return Task.FromResult(new LogRange(Range(partition, from, to).ToArray(), to));
    }

    public Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) =>
        Task.FromResult(from < partitions[partition].Count);

    private IEnumerable<KafkaValue> Range(int partition, long from, long to)
    {
        for (long offset = from; offset <= to; offset++)
        {
            yield return At(partition, offset);
        }
    }
}
