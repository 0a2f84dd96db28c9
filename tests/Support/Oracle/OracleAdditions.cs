using Tidemark.Core.Parsing;

namespace Tidemark.Support.Oracle;

/// <summary>A breakdown that the configuration adds: by the text at a path of plain names, else a constant.</summary>
public sealed record OracleBreakdown(string Name, string[] Path, string? Constant = null);

/// <summary>A counter that the configuration adds.</summary>
public sealed record OracleCounter(string Name, string Type);

/// <summary>What the configuration makes a window count beyond what every one counts.</summary>
public sealed record OracleAdditions
{
    public IReadOnlyList<OracleBreakdown> Breakdowns { get; init; } = [];

    public IReadOnlyList<OracleCounter> Counters { get; init; } = [];

    /// <summary>Where the currency of an amount is; null when none is mapped.</summary>
    public string[]? CurrencyPath { get; init; }

    /// <summary>The currency of amounts that have none.</summary>
    public string? CurrencyConstant { get; init; }

    internal InputOptions ToInput() => new()
    {
        Breakdowns = [.. Breakdowns.Select(breakdown => new AddedBreakdown(
            breakdown.Name, new FieldSource { Paths = [Path(breakdown.Path)], Constant = breakdown.Constant }))],
        Counters = [.. Counters.Select(counter => new AddedCounter(counter.Name, counter.Type))],
        Fields = CurrencyPath is null ? new Dictionary<string, FieldSource>() : new()
        {
            ["currency"] = new FieldSource { Paths = [Path(CurrencyPath)], Constant = CurrencyConstant },
        },
    };

    private static string Path(string[] names) => string.Join('.', names.Select(name => name.Replace(".", "\\.", StringComparison.Ordinal)));
}
