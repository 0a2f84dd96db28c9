using Tidemark.Core.Parsing;
using Tidemark.Engine;

namespace Tidemark.Cli.Run;

/// <summary>What became of the records of all partitions.</summary>
internal sealed class RecordTotals
{
    private readonly long[] _outcomes = new long[RecordOutcomeNames.Count];

    /// <summary>Records handed to the engine.</summary>
    public long Read { get; private init; }

    /// <summary>Events counted in a window.</summary>
    public long Counted => CountOf(RecordOutcome.Counted);

    /// <summary>Events past their allowed lateness.</summary>
    public long Late => CountOf(RecordOutcome.Late);

    /// <summary>Records that could not be counted for any other reason.</summary>
    public long Rejected => _outcomes.Sum() - Counted - Late;

    /// <summary>Sums the cursors of an engine; good for display while they move.</summary>
    public static RecordTotals Of(WindowEngine engine)
    {
        RecordTotals totals = new() { Read = engine.Partitions.Sum(cursor => cursor.Read) };
        for (int i = 0; i < totals._outcomes.Length; i++)
        {
            totals._outcomes[i] = engine.Partitions.Sum(cursor => cursor.CountOf((RecordOutcome)i));
        }

        return totals;
    }

    /// <summary>How many records had an outcome.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>What came since.</summary>
    public RecordTotals Since(RecordTotals before)
    {
        RecordTotals since = new() { Read = Read - before.Read };
        for (int i = 0; i < _outcomes.Length; i++)
        {
            since._outcomes[i] = _outcomes[i] - before._outcomes[i];
        }

        return since;
    }
}
