using System.Globalization;
using Tidemark.Dashboard.Status;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;

namespace Tidemark.Functions.Query;

/// <summary>
/// Reads the records that a status shows as examples. The durable state keeps only their offsets; the records are read from the topic's log,
/// one per reason and each at most every <see cref="MaxAge"/>, however often the status is requested. Thread-safe.
/// </summary>
public sealed class RecordExamples(IBroker broker, FunctionsOptions options, TimeProvider time)
{
    /// <summary>How long an example is shown before a newer one replaces it.</summary>
    internal static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (RecordPlace Place, RecordSample Sample, long ReadAt)> _kept = [];

    /// <summary>The time limit for reading a record.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The example of each reason. Its text is null when the log does not return the record in time or holds it no more.</summary>
    /// <param name="places">Where the last record of each reason is.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyDictionary<string, RecordSample>> ReadAsync(
        IReadOnlyDictionary<string, RecordPlace> places, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(places);
        KeyValuePair<string, RecordSample>[] samples = await Task.WhenAll(places.Select(NamedAsync)).ConfigureAwait(false);
        return new Dictionary<string, RecordSample>(samples);

        async Task<KeyValuePair<string, RecordSample>> NamedAsync(KeyValuePair<string, RecordPlace> place) =>
            KeyValuePair.Create(place.Key, await SampleAsync(place.Key, place.Value, cancellationToken).ConfigureAwait(false));
    }

    private async Task<RecordSample> SampleAsync(string reason, RecordPlace place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(reason, out (RecordPlace Place, RecordSample Sample, long ReadAt) kept)
                && (time.GetElapsedTime(kept.ReadAt) < MaxAge || (kept.Place == place && kept.Sample.Text is not null)))
            {
                return kept.Sample;
            }
        }

        RecordSample sample = await ReadAsync(place, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _kept[reason] = (place, sample, time.GetTimestamp());
        }

        return sample;
    }

    private async Task<RecordSample> ReadAsync(RecordPlace place, CancellationToken cancellationToken)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"offset {place.Offset:N0} of {options.Topic}/{place.Partition}");
        try
        {
            LogRange range = await broker.ReadAsync(place.Partition, place.Offset, place.Offset, 1, cancellationToken)
                .WaitAsync(Timeout, time, cancellationToken).ConfigureAwait(false);
            return range.Records.Length == 0 ? new RecordSample(name, null) : RecordSample.Of(name, range.Records.Span[0].Bytes.Span);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The rest of the status is useful without it; health reports what is wrong with the broker.
            return new RecordSample(name, null);
        }
    }
}
