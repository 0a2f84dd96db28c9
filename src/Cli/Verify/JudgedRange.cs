using Tidemark.Core;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;
using Tidemark.Engine;

namespace Tidemark.Cli.Verify;

/// <summary>
/// Which windows a verification can judge. When the sources are all that was counted, every one. When they are a part, those that only this
/// part can have brought events to: of what came before, no event lies past the first
/// one by more than the disorder and the lateness; of what comes after, none enters what is final.
/// </summary>
/// <param name="options">The options of the recount.</param>
/// <param name="coverage">What the sources hold of all that was counted.</param>
internal sealed class JudgedRange(EngineOptions options, SourceCoverage coverage)
{
    private readonly Lateness _lateness = new(options);

    // A session that ends in a window may have begun so much before it, and gone on in silence.
    private readonly long _disorderMs = (long)(options.MaxOutOfOrderness + options.AllowedLateness
        + (options.Sessions is { } sessions ? sessions.MaxLength + sessions.Gap : TimeSpan.Zero)).TotalMilliseconds;
    private WindowEngine? _engine;

    /// <summary>
    /// Windows that start before this are not judged, epoch milliseconds; <see cref="long.MaxValue"/> while nothing was counted.
    /// </summary>
    public long FromMs
    {
        get
        {
            long firstMs = _engine?.FirstEventTimeMs ?? EventTime.None;
            return coverage.HoldsAll ? long.MinValue
                : firstMs == EventTime.None ? long.MaxValue
                : Lateness.SpanEndMs(firstMs + _disorderMs + 1);
        }
    }

    /// <summary>Windows that end after this are not judged, epoch milliseconds. Grows while the sources are read.</summary>
    public long UntilMs => coverage.IsWhole
        ? long.MaxValue
        : Math.Min(
            _lateness.FinalUntilMs(_engine?.WatermarkMs ?? EventTime.None),
            coverage.CountedUntilMs is { } counted ? _lateness.FinalUntilMs(counted) : long.MaxValue);

    /// <summary>Tells which engine recounts.</summary>
    public void Attach(WindowEngine engine) => _engine = engine;

    /// <summary>Whether a window of a family is judged.</summary>
    public bool Judges(string family, Interval window) =>
        window.StartMs >= FromMs && window.EndMs <= UntilMs && !coverage.Unwritten.Contains((family, window));
}
