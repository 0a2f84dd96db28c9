using System.Reflection;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Tests.Metrics;
using Tidemark.Core.Windows;
using Tidemark.Support.Samples;

namespace Tidemark.Core.Tests.Results;

/// <summary>Goal: nothing of a result is missing from the table of its columns, and no column is a copy of another.</summary>
public sealed class ResultColumnsTests
{
    private static readonly WindowDefinition Hour = new() { Name = "1hour", Size = TimeSpan.FromHours(1) };

    public static TheoryData<string> PropertiesOfAResult => [.. typeof(WindowResult)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];

    public static TheoryData<string> Names => [.. ResultColumns.All.Select(column => column.Name)];

    [Theory]
    [MemberData(nameof(PropertiesOfAResult))]
    public void All_EveryPropertyOfAResult_IsAColumn(string property)
    {
        WindowResult other = WithAnotherValue(property);

        Assert.Contains(ResultColumns.Of(other), column => !column.AreSame(WindowResult.Blank, other));
    }

    [Fact]
    public void All_Names_AreDifferentAndSnakeCase()
    {
        Assert.Distinct(ResultColumns.All.Select(column => column.Name));
        Assert.Distinct(ResultColumns.All.Select(column => (column.Group, column.JsonName)));
        Assert.All(ResultColumns.All, column => Assert.Matches("^[a-z]+(_[a-z]+)*$", column.Name));
        Assert.All(ResultColumns.All, column => Assert.DoesNotMatch("[^.][.]$|[|\n]|^ ", column.Meaning));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void With_AnotherValue_ChangesThisColumnAlone(string name)
    {
        ResultColumn changed = ResultColumns.Named(name);

        WindowResult other = ColumnSamples.WithAnotherValue(changed, Sample());

        Assert.Equal([name], ResultColumns.All.Where(column => !column.AreSame(Sample(), other)).Select(column => column.Name));
    }

    /// <summary>A metric that is counted and never shown would stay zero here.</summary>
    [Fact]
    public void Merge_WindowWithEverything_LeavesNoContentAtZero()
    {
        WindowResult result = Sample();

        Assert.Empty(ResultColumns.All.Where(column => column.Role == ColumnRole.Content && column.AreSame(WindowResult.Blank, result))
            .Select(column => column.Name));
    }

    [Fact]
    public void Merge_EventsOfEveryKind_AreCountedInAColumnOfTheirOwn()
    {
        foreach (EventKind kind in EventKinds.Named)
        {
            WindowResult result = Merge(TestEvents.Of(AccumulatorLimits.Local, Enumerable.Repeat(new TestEvent(kind.TypeName()), 7)));

            string column =
                Assert.Single(ResultColumns.All.OfType<CountColumn>(), column => column.Name != "total_events" && column.Get(result) == 7).Name;
            Assert.Contains($"`{kind.TypeName()}`", ResultColumns.Named(column).Meaning, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AddedOf_ResultUnderAConfiguration_AreThoseThatTheConfigurationTells()
    {
        InputOptions input = new()
        {
            Breakdowns = [TestEvents.Breakdown("variant"), TestEvents.Breakdown("campaign")],
            Counters = [new("views", "page_view"), new("long_ones", "a type of more than sixteen bytes")],
            Fields = new Dictionary<string, FieldSource> { ["currency"] = new() { Paths = ["currency"] } },
        };
        string[] names =
            ["revenue_by_currency", "views", "long_ones", "variant", "campaign", "variant_max_error", "campaign_max_error"];

        Assert.Equal(names, ResultColumns.AddedBy(input).Select(column => column.Name));
        Assert.Equal(names, ResultColumns.AddedOf(WithAdded()).Select(column => column.Name));
        Assert.All(ResultColumns.AddedOf(WithAdded()), column =>
        {
            Assert.True(column.IsAdded && column.IsIn(WithAdded()));
            Assert.False(column.IsIn(WindowResult.Blank) || column.AreSame(WindowResult.Blank, WithAdded()));
        });
        Assert.Equal(ResultColumns.AddedBy(input), ResultColumns.AddedOf(WithAdded())); // one column for one name, as a selection of columns needs
        Assert.Empty(ResultColumns.AddedOf(Sample()));
        Assert.Empty(ResultColumns.AddedBy(new InputOptions()));
        Assert.Same(ResultColumns.All, ResultColumns.Of(Sample()));
    }

    [Fact]
    public void With_AnotherValueInAnAddedColumn_ChangesThisColumnAlone()
    {
        foreach (ResultColumn changed in ResultColumns.AddedOf(WithAdded()))
        {
            WindowResult other = ColumnSamples.WithAnotherValue(changed, WithAdded());

            Assert.Equal([changed.Name], ResultColumns.Of(other).Where(column => !column.AreSame(WithAdded(), other)).Select(column => column.Name));
        }
    }

    /// <summary>Every added column has a value that is not zero.</summary>
    private static WindowResult WithAdded() => Merge(TestEvents.Of(
        new AccumulatorLimits(3, 2, 2) { Added = TestEvents.Added },
        [
            .. Enumerable.Range(0, 5).Select(i => new TestEvent("page_view") { Added = [$"v{i}", $"c{i}", null] }),
            new TestEvent("a type of more than sixteen bytes") { Added = [null, null, null] },
            new TestEvent("purchase", Amount: 5) { Added = [null, null, "EUR"] },
        ]));

    [Fact]
    public void Named_Unknown_Throws() => Assert.Throws<KeyNotFoundException>(() => ResultColumns.Named("none"));

    [Fact]
    public void KeysOf_Result_CountsTheKeysOfAllMaps() => Assert.Equal(4 * 2, ResultColumns.KeysOf(Sample()));

    /// <summary>More of everything than can be exact: users and keys past their limits, a revenue past what can be shown.</summary>
    private static WindowResult Sample()
    {
        TestEvent[] events =
        [
            .. EventKinds.Named.SelectMany(kind => Enumerable.Range(0, 5)
                .Select(i => new TestEvent(kind.TypeName(), $"u{i}", $"/{i}", $"C{i}", $"d{i}"))),
            new("purchase", Amount: Accumulator.MaxRevenueTenThousandths),
            new("purchase", Amount: Accumulator.MaxRevenueTenThousandths), new("purchase", BadAmount: true),
            new("one more"), new("another one"), new("a third"),
        ];
        Accumulator few = TestEvents.Of(new AccumulatorLimits(3, 2, 2), events);
        foreach (string type in EventKinds.Named.Select(kind => kind.TypeName()))
        {
            few.EventTypes.Add(type);
        }

        return Merge(few) with { Sequence = 5 };
    }

    private static WindowResult Merge(Accumulator content) =>
        new WindowMerger(new EngineOptions { TopPages = 2, TopPagesCapacity = 2, BreakdownCapacity = 2, ExactUsersLimit = 3 })
        .Merge(Publication.Of(Hour, new Interval(3_600_000, 7_200_000), Phase.Corrected, 2, 7_300_000, [content]));

    private static WindowResult WithAnotherValue(string name)
    {
        WindowResult other = WindowResult.Blank with { };
        PropertyInfo property = typeof(WindowResult).GetProperty(name)!;
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        object value = type switch
        {
            _ when type == typeof(string) => "other",
            _ when type == typeof(long) => 7L,
            _ when type == typeof(decimal) => 7m,
            _ when type == typeof(bool) => !(bool)property.GetValue(other)!,
            _ when type == typeof(Phase) => Phase.Corrected,
            _ when type == typeof(Breakdown) => new Breakdown([new KeyCount("key", 7)], 0),
            _ when type == typeof(IReadOnlyList<NamedBreakdown>) =>
                new NamedBreakdown[] { new("variant", new Breakdown([new KeyCount("key", 7)], 0)) },
            _ when type == typeof(IReadOnlyList<NamedCount>) => new NamedCount[] { new("signups", 7) },
            _ when type == typeof(IReadOnlyList<KeyAmount>) => new KeyAmount[] { new("EUR", 7) },
            _ when type == typeof(SessionMetrics) => new SessionMetrics(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            _ when type == typeof(AveragePerMinute) => new AveragePerMinute(1, 2, 3, 4, 5),
            _ when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>([7]),
            _ => throw new NotSupportedException($"No other value is known for {name}."),
        };
        property.SetValue(other, value);
        return other;
    }
}
