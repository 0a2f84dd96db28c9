using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tidemark.Cli.Generate;
using static Tidemark.Cli.Tests.Generate.GeneratedStream;

namespace Tidemark.Cli.Tests.Generate;

/// <summary>
/// Goal: the stream is the same everywhere and is what its options say. Method: pin a digest, and read every line back with
/// System.Text.Json, which shares no code with the generator.
/// </summary>
public class EventGeneratorTests
{
    private static readonly string[] Fields =
        ["event_id", "timestamp", "event_type", "user_id", "session_id", "page_url", "user_agent", "ip_address", "geo", "device", "metadata"];

    [Fact]
    public void WriteNext_SeedOne_WritesThePinnedBytes()
    {
        // A change here changes every stream that anybody has described by its options: think twice.
        Assert.Equal(
            "8759a890c63544ac95e23900bf5372f6cbc76aa1a3e3005816314a80e741ed40", Convert.ToHexStringLower(SHA256.HashData(Bytes(Of(10_000)))));
    }

    [Fact]
    public void WriteNext_AnyBufferSize_WritesTheSameBytes()
    {
        byte[] expected = Bytes(Of(3000));

        Assert.Equal(expected, Bytes(Of(3000), 100_000));
        Assert.Equal(expected, Lines(Of(3000)).SelectMany(l => (byte[])[.. l.Line.Span, (byte)'\n']).ToArray());
    }

    [Fact]
    public void WriteNext_FewerEvents_WritesAPrefix()
    {
        byte[] few = Bytes(Of(500));

        Assert.Equal(few, Bytes(Of(2000))[..few.Length]);
    }

    [Fact]
    public void WriteNext_AnotherSeed_WritesOtherBytes() => Assert.NotEqual(Bytes(Of(10)), Bytes(Of(10) with { Seed = 2 }));

    [Fact]
    public void WriteNext_AfterTheLastEvent_ReturnsFalse()
    {
        var generator = new EventGenerator(Of(1));
        byte[] buffer = new byte[EventGenerator.MaxLineBytes];

        Assert.True(generator.TryWriteNext(buffer, out _));
        Assert.False(generator.TryWriteNext(buffer, out int bytes));
        Assert.Equal(0, bytes);
        Assert.Equal(1, generator.Written);
    }

    [Fact]
    public void TryWriteNext_ShortDestination_Throws() =>
        Assert.Throws<ArgumentException>(() => new EventGenerator(Of(1)).TryWriteNext(new byte[EventGenerator.MaxLineBytes - 1], out _));

    [Fact]
    public void TryWriteNext_SteadyState_AllocatesNothing()
    {
        var generator = new EventGenerator(Of(100_000) with { BadPercent = 5 });
        byte[] buffer = new byte[EventGenerator.MaxLineBytes];
        for (int i = 0; i < 50_000; i++)
        {
            generator.TryWriteNext(buffer, out _);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        while (generator.TryWriteNext(buffer, out _))
        {
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void WriteNext_CleanStream_HasEveryFieldAndTheUsualSize()
    {
        long bytes = 0;
        int referrers = 0;
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Clean(20_000)))
        {
            bytes += line.Length + 1;
            using JsonDocument json = JsonDocument.Parse(line);
            string[] names = [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
            referrers += names.Contains("referrer") ? 1 : 0;
            Assert.Equal(Fields, names.Where(n => n != "referrer"));
            Assert.Equal(["country", "city", "latitude", "longitude"], json.RootElement.GetProperty("geo").EnumerateObject().Select(p => p.Name));
            Assert.Equal(["type", "os", "browser"], json.RootElement.GetProperty("device").EnumerateObject().Select(p => p.Name));
            Assert.All(json.RootElement.GetProperty("metadata").EnumerateObject(), p => Assert.Equal(JsonValueKind.String, p.Value.ValueKind));
        }

        Assert.InRange(bytes / 20_000.0, 480, 560);
        Assert.InRange(referrers, 18_500, 19_900);
    }

    [Fact]
    public void WriteNext_CleanStream_MixesTypesAsShopsDo()
    {
        var types = new Dictionary<string, int>();
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Clean(100_000)))
        {
            string type = Text(line, "event_type");
            types[type] = types.GetValueOrDefault(type) + 1;
        }

        Assert.Equal(5, types.Count);
        Assert.InRange(types["page_view"], 69_000, 71_000);
        Assert.InRange(types["click"], 16_500, 17_500);
        Assert.InRange(types["search"], 5700, 6300);
        Assert.InRange(types["add_to_cart"], 4250, 4750);
        Assert.InRange(types["purchase"], 2350, 2650);
    }

    [Fact]
    public void WriteNext_UsersAndPages_AreAsManyAsAsked()
    {
        var users = new Dictionary<string, int>();
        var pages = new Dictionary<string, int>();
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Clean(60_000) with { Users = 2000, Pages = 300 }))
        {
            string user = Text(line, "user_id");
            users[user] = users.GetValueOrDefault(user) + 1;
            string page = Text(line, "page_url");
            pages[page] = pages.GetValueOrDefault(page) + 1;
        }

        Assert.Equal(2000, users.Count);
        Assert.Equal(300, pages.Count);
        Assert.True(users.Values.Max() > 4 * 30, "some users are heavy");
        Assert.True(pages["/"] > 20 * 200 && pages.ContainsKey("/söka"), "few pages have most views");
    }

    [Fact]
    public void WriteNext_OneUserAndOnePage_Works()
    {
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Of(2000) with { Users = 1, Pages = 1, BadPercent = 0, EventsPerSecond = 1 }))
        {
            Assert.Equal("u0000000", Text(line, "user_id"));
            Assert.Equal("/", Text(line, "page_url"));
        }
    }

    [Fact]
    public void WriteNext_GreatestOptions_StaysWithinMaxLineBytes()
    {
        GeneratorOptions options = Of(20_000) with
        {
            Users = GeneratorOptions.MaxKeys,
            Pages = GeneratorOptions.MaxKeys,
            EventsPerSecond = GeneratorOptions.MaxEventsPerSecond,
            BadPercent = 50,
            LatePercent = 25,
            DuplicatePercent = 25,
            DisorderMs = GeneratorOptions.MaxDisorderMs,
            Seed = ulong.MaxValue,
        };

        Assert.InRange(Lines(options).Max(l => l.Line.Length), 500, EventGenerator.MaxLineBytes / 2);
    }

    [Fact]
    public void WriteNext_OneUser_KeepsPlaceDeviceAndAddress()
    {
        var seen = new Dictionary<string, string>();
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Clean(20_000) with { Users = 100 }))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string profile = string.Concat(
                new[] { "geo", "device", "user_agent", "ip_address" }.Select(n => json.RootElement.GetProperty(n).GetRawText()));
            Assert.Equal(profile, seen.GetValueOrDefault(Text(line, "user_id"), profile));
            seen[Text(line, "user_id")] = profile;
        }

        Assert.InRange(seen.Values.Distinct().Count(), 99, 100);
    }

    [Fact]
    public void WriteNext_OneSession_IsOfOneUserAndLeadsFromPageToPage()
    {
        var last = new Dictionary<string, (string User, string Page, int Events)>();
        int moves = 0;
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Clean(20_000) with { Users = 200 }))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string session = Text(line, "session_id");
            string page = Text(line, "page_url");
            if (last.TryGetValue(session, out (string User, string Page, int Events) before))
            {
                Assert.Equal(before.User, Text(line, "user_id"));
                if (Text(line, "event_type") == "page_view")
                {
                    Assert.Equal(before.Page, Text(line, "referrer"));
                    moves++;
                }
            }

            last[session] = (Text(line, "user_id"), page, before.Events + 1);
        }

        Assert.InRange(last.Values.Average(s => s.Events), 6.5, 9);
        Assert.True(moves > 9000);
    }

    [Fact]
    public void WriteNext_Purchases_HaveAmountsRefundsAndAFewInvalidOnes()
    {
        int valid = 0, refunds = 0, invalid = 0;
        foreach ((ReadOnlyMemory<byte> line, _) in Lines(Clean(100_000)))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (Text(line, "event_type") != "purchase")
            {
                continue;
            }

            string amount = json.RootElement.GetProperty("metadata").GetProperty("amount").GetString()!;
            if (System.Text.RegularExpressions.Regex.IsMatch(amount, @"\A-?\d+\.\d\d\z"))
            {
                valid++;
                refunds += amount[0] == '-' ? 1 : 0;
            }
            else
            {
                invalid++;
            }
        }

        Assert.InRange(refunds, valid / 60, valid / 20);
        Assert.InRange(invalid, 5, 50);
    }

    [Fact]
    public void Constructor_BadOptions_ThrowsWithEveryMistake()
    {
        var problem = Assert.Throws<ArgumentException>(() => new EventGenerator(Of(0) with { Users = 0 }));

        Assert.Contains(
            "Events: expected 1 to 10,000,000,000, got 0; Users: expected 1 to 100,000,000, got 0", problem.Message, StringComparison.Ordinal);
    }

    private static string Text(ReadOnlyMemory<byte> line, string name)
    {
        var reader = new Utf8JsonReader(line.Span);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name))
            {
                reader.Read();
                return reader.GetString()!;
            }
        }

        throw new InvalidOperationException($"No {name} in {Encoding.UTF8.GetString(line.Span)}");
    }
}
