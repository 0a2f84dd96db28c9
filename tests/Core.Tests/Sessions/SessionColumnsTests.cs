using System.Reflection;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Support.Samples;

namespace Tidemark.Core.Tests.Sessions;

/// <summary>Goal: nothing of a session is missing from the table of its columns, and no column is a copy of another.</summary>
public sealed class SessionColumnsTests
{
    private const long Start = 1_795_327_200_000;

    private static readonly SessionRow Sample = SessionRow.Of(SessionSamples.Ended(Start, 2, SessionSamples.Session("ada", Start)))[0];

    public static TheoryData<string> PropertiesOfASession =>
        [.. typeof(Session).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)];

    public static TheoryData<string> Names => [.. SessionColumns.All.Select(column => column.Name)];

    [Theory]
    [MemberData(nameof(PropertiesOfASession))]
    public void All_EveryPropertyOfASession_IsAColumn(string property)
    {
        Session other = Sample.Session with { };
        PropertyInfo info = typeof(Session).GetProperty(property)!;
        Type type = Nullable.GetUnderlyingType(info.PropertyType) ?? info.PropertyType;
        info.SetValue(other, type switch
        {
            _ when type == typeof(string) => "other",
            _ when type == typeof(long) => 777L,
            _ when type == typeof(decimal) => 7m,
            _ when type == typeof(bool) => !(bool)info.GetValue(other)!,
            _ when type == typeof(IReadOnlyList<string>) => new[] { "/other" },
            _ => throw new NotSupportedException($"No other value is known for {property}."),
        });

        Assert.Contains(SessionColumns.All, column => !column.AreSame(Sample, Sample with { Session = other }));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void With_AnotherValue_ChangesThisColumnAndWhatFollowsFromIt(string name)
    {
        SessionRow other = SessionSamples.WithAnotherValue(SessionColumns.Named(name), Sample);

        string[] expected = name switch
        {
            "duration_seconds" or "conversion" => [], // these follow from others and are not set
            "start_time" or "end_time" => [name, "duration_seconds"],
            _ => [name],
        };
        Assert.Equal(expected, SessionColumns.All.Where(column => !column.AreSame(Sample, other)).Select(column => column.Name));
    }

    [Fact]
    public void All_Names_AreDifferentAndSnakeCase()
    {
        Assert.Distinct(SessionColumns.All.Select(column => column.Name));
        Assert.All(SessionColumns.All, column => Assert.Matches("^[a-z]+(_[a-z]+)*$", column.Name));
        Assert.All(SessionColumns.All, column => Assert.DoesNotMatch("[^.][.]$|[|\n]|^ ", column.Meaning));
    }

    [Fact]
    public void HaveSameContent_OtherPublication_IsTheSame()
    {
        SessionRow again = Sample with { Revision = 9, Session = Sample.Session with { Replaces = ["a"] } };

        Assert.True(SessionColumns.HaveSameContent(Sample, again));
        Assert.False(SessionColumns.HaveSameContent(Sample, again with { Session = again.Session with { ClickCount = 99 } }));
    }

    /// <summary>
    /// Minute 1 was corrected: its session has grown into minute 2. Of minute 2 a reader has seen both revisions.
    /// </summary>
    [Fact]
    public void Once_RowsOfSeveralRevisionsAndMinutes_AreEachSessionOnce()
    {
        Session early = SessionSamples.Session("ada", Start);
        Session grown = SessionSamples.Session("ada", Start, 9 * 60_000);
        Session other = SessionSamples.Session("bob", Start + 5);
        Session gone = SessionSamples.Session("cat", Start + 6);
        IEnumerable<SessionRow> rows =
        [
            .. SessionRow.Of(SessionSamples.Ended(Start, 1, early, other)),
            .. SessionRow.Of(SessionSamples.Ended(Start + 60_000, 1, gone)),
            .. SessionRow.Of(SessionSamples.Ended(Start + 60_000, 2, grown)),
        ];

        IReadOnlyList<SessionRow> once = SessionRow.Once(rows);

        Assert.Equal([grown, other], once.Select(row => row.Session).OrderBy(session => session.UserId));
    }

    [Fact]
    public void Named_Unknown_Throws() => Assert.Throws<KeyNotFoundException>(() => SessionColumns.Named("none"));

    [Fact]
    public void All_Roles_AreThoseOfTheContentUnlessTheyDescribeThePublication() => Assert.Equal(
        ["replaces", "ended_minute", "revision"],
        SessionColumns.All.Where(column => column.Role != ColumnRole.Content).Select(column => column.Name));
}
