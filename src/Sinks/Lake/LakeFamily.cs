using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>The tables of one window family, written forward-only.</summary>
internal sealed class LakeFamily
{
    private const int Attempts = 5;
    private const int WindowsPerGroup = 240;
    private const int BreakdownsPerGroup = 20_000;

    private readonly LakeFiles _files;
    private readonly bool _sharesStarts;
    private readonly LakeTable<LakeRow> _windows;
    private readonly LakeTable<BreakdownRow> _breakdowns;
    private readonly HourCache<LakeRow> _windowHours;
    private readonly HourCache<BreakdownRow> _breakdownHours;
    private readonly LakeCompactor<LakeRow>? _windowCompactor;
    private readonly LakeCompactor<BreakdownRow>? _breakdownCompactor;
    private long _finalBeforeMs = long.MinValue;

    /// <param name="files">The lake's files.</param>
    /// <param name="name">The family's name.</param>
    /// <param name="definition">The family; null when it is unknown, in which case it is not compacted.</param>
    /// <param name="options">The options of the lake.</param>
    /// <param name="time">The clock for the grace period.</param>
    /// <param name="report">Receives the results of compaction.</param>
    public LakeFamily(LakeFiles files, string name, WindowDefinition? definition, LakeOptions options, TimeProvider time, CompactionReport report)
    {
        _files = files;
        _sharesStarts = definition?.Kind.SharesStarts == true;
        _windows = new(
            files, LakeLayout.Table(name), LakeSchemas.Windows, LakeSchemas.Keys,
            options.MaxRows, WindowsPerGroup, (a, b) => a.HasSameContent(b));
        _breakdowns = new(
            files, LakeLayout.BreakdownTable(name), LakeSchemas.Breakdowns, LakeSchemas.Keys,
            options.MaxBreakdownRows, BreakdownsPerGroup, (a, b) => a.HasSameContent(b));
        _windowHours = new(_windows);
        _breakdownHours = new(_breakdowns);
        if (definition is not null)
        {
            _windowCompactor = new(_windows, definition, options, time, _windowHours, report);
            _breakdownCompactor = new(_breakdowns, definition, options, time, _breakdownHours, report);
        }
    }

    /// <summary>Writes a result, unless the lake already has it.</summary>
    /// <param name="result">The result.</param>
    /// <param name="leastBefore">The lowest revision that the lake may have of the window, if it has one.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The window's path, and the revision that the lake had: lower than the result's if the result was written.</returns>
    /// <exception cref="SinkException">The lake cannot be written, or contains results of other events.</exception>
    public async Task<(string Path, long? Revision)> WriteAsync(WindowResult result, long leastBefore, CancellationToken cancellationToken)
    {
        LakeRow row = new(result);
        string path = LakeLayout.WindowFile(_windows.Path, result.StartMs, result.EndMs, _sharesStarts);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            LakeRows<LakeRow>? single = await _windows.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            LakeRow? existing = Higher(single?.Rows[0], await _windowHours.FindAsync(row, result.StartMs, cancellationToken).ConfigureAwait(false));
            RequireSameSource(path, existing, row, leastBefore);
            if (existing is not null && existing.Revision >= row.Revision)
            {
                return (path, existing.Revision);
            }

            // Written first, so that a window that exists has its breakdown: after a crash in between, the window is written again.
            await WriteBreakdownAsync(result, cancellationToken).ConfigureAwait(false);
            if (await _windows.WriteAsync(path, [row], single?.Tag, cancellationToken).ConfigureAwait(false))
            {
                _windowCompactor?.Touch(result.StartMs);
                return (path, existing?.Revision);
            }
        }

        throw new SinkException($"cannot write {_files.FullPath(path)}: another process keeps replacing it");
    }

    /// <summary>Compacts what is final.</summary>
    public async Task MarkFinalAsync(long finalBeforeMs, CancellationToken cancellationToken)
    {
        _finalBeforeMs = Math.Max(_finalBeforeMs, finalBeforeMs);
        await CompactAsync(isEnd: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Compacts everything that is final, without waiting.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => CompactAsync(isEnd: true, cancellationToken);

    private async Task CompactAsync(bool isEnd, CancellationToken cancellationToken)
    {
        if (_windowCompactor is not null && _finalBeforeMs != long.MinValue)
        {
            await _windowCompactor.RunAsync(_finalBeforeMs, isEnd, cancellationToken).ConfigureAwait(false);
            await _breakdownCompactor!.RunAsync(_finalBeforeMs, isEnd, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteBreakdownAsync(WindowResult result, CancellationToken cancellationToken)
    {
        IReadOnlyList<BreakdownRow> rows = BreakdownRow.From(result);
        if (rows.Count == 0)
        {
            return;
        }

        string path = LakeLayout.WindowFile(_breakdowns.Path, result.StartMs, result.EndMs, _sharesStarts);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            LakeRows<LakeKey>? single = await _breakdowns.ReadKeysAsync(path, cancellationToken).ConfigureAwait(false);
            BreakdownRow? compacted = await _breakdownHours.FindAsync(rows[0], result.StartMs, cancellationToken).ConfigureAwait(false);
            if (Math.Max(single?.Rows[0].Revision ?? -1, compacted?.Revision ?? -1) >= result.Revision
                || await _breakdowns.WriteAsync(path, rows, single?.Tag, cancellationToken).ConfigureAwait(false))
            {
                _breakdownCompactor?.Touch(result.StartMs);
                return;
            }
        }

        throw new SinkException($"cannot write {_files.FullPath(path)}: another process keeps replacing it");
    }

    private static LakeRow? Higher(LakeRow? a, LakeRow? b) => a is null || b?.Revision > a.Revision ? b : a;

    private void RequireSameSource(string path, LakeRow? existing, LakeRow row, long leastBefore)
    {
        bool isOther = existing is not null
            && (existing.Revision < leastBefore || (existing.Revision == row.Revision && !existing.HasSameContent(row)));
        if (isOther)
        {
            throw new SinkException(
                $"{_files.FullPath(path)} holds another result for the same window (revision "
                    + $"{existing!.Revision} with {existing.Result.TotalEvents} events there, "
                + $"{row.Revision} with {row.Result.TotalEvents} here): it was written from other events or under other options, "
                + "or with a state that is not used now. Go on with that state (--state DIR), or write to another --lake and compare.");
        }
    }
}
