using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Verify;

/// <summary>What of all that was counted into a lake the sources of a verification hold, as far as a state tells.</summary>
/// <param name="IsWhole">Whether they hold everything, and nothing else.</param>
/// <param name="HoldsAll">Whether they hold everything, and perhaps more that is not counted yet: then nothing was counted before them.</param>
/// <param name="CountedUntilMs">The watermark up to which the state has counted, epoch milliseconds; null without a state.</param>
/// <param name="Uncounted">Files of which the state has counted nothing, unless they may have come through a pipe.</param>
internal sealed record SourceCoverage(bool IsWhole, bool HoldsAll, long? CountedUntilMs, IReadOnlyList<string> Uncounted)
{
    /// <summary>The windows of which the state has a result that the next start of the run writes: they are not judged.</summary>
    public IReadOnlySet<(string Family, Interval Window)> Unwritten { get; init; } = new HashSet<(string, Interval)>();

    /// <summary>Nothing is known: there is no state.</summary>
    public static SourceCoverage Unknown { get; } = new(false, false, null, []);

    /// <summary>Compares the sources with what a state remembers.</summary>
    /// <param name="given">The sources, as on the command line.</param>
    /// <param name="head">The state's last checkpoint.</param>
    /// <param name="pipes">Lines of pipes that were counted.</param>
    /// <param name="counted">The files that were counted.</param>
    public static SourceCoverage Of(IReadOnlyList<string> given, StateHead head, IReadOnlyDictionary<string, long> pipes, FileMemory counted)
    {
        // Nothing is known of an empty file, and nothing can be missing of it.
        IEnumerable<string> paths = SourcePaths.Expand(given).Where(path => SourcePaths.IsPipe(path) || new FileInfo(path).Length > 0);
        List<(string Path, KnownFile? Known)> files =
            [.. paths.Select(path => (path, path == SourcePaths.StandardInput ? null : FileOpener.Find(path, counted)))];
        bool onlyFiles = pipes.Values.All(lines => lines == 0)
            && head.Sources.Keys.All(kind => kind == LinePosition.Lines)
            && counted.Files.Count < FileMemory.Capacity;
        HashSet<FileMark> found = [.. files.Select(pair => pair.Known?.Mark).OfType<FileMark>()];
        bool holdsAll = onlyFiles && counted.Files.All(file => found.Contains(file.Mark));
        bool isWhole = holdsAll && files.All(pair => pair.Known is { HasMore: false, Mark.IsEnded: true });
        IEnumerable<string> uncounted = files.Where(pair => onlyFiles && pair.Known is null && !SourcePaths.IsPipe(pair.Path))
            .Select(pair => pair.Path);
        return new SourceCoverage(isWhole, holdsAll, head.Summary.WatermarkMs, [.. uncounted]);
    }
}
