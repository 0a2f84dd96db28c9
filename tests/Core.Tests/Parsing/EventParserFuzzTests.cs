using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>The parser against the reference on generated text. TIDEMARK_FUZZ_LINES sets how many lines, TIDEMARK_FUZZ_SEED which.</summary>
public class EventParserFuzzTests
{
    private static readonly int Lines = Setting("TIDEMARK_FUZZ_LINES", 40_000);
    private static readonly int Seed = Setting("TIDEMARK_FUZZ_SEED", 1);

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(10)]
    [InlineData(1)]
    public void ParseLines_GeneratedAndMutatedRecords_EqualsReference(int spoiled)
    {
        Random random = new(Seed + spoiled);
        EventTexts texts = new(random);
        EventParser warm = new();
        EventParser[] others = [.. Enum.GetValues<IndexPath>().Where(StructuralIndex.IsSupported).Select(p => new EventParser(p))];
        for (int done = 0; done < Lines / 3;)
        {
            byte[] text = texts.Block(random.Next(1, 200), spoiled);
            List<ExpectedRecord> expected = ParserChecks.Check(warm, text, (byte)random.Next(256));
            ParserChecks.Check(random.Next(4) == 0 ? new EventParser() : others[random.Next(others.Length)], text, (byte)random.Next(256));
            done += expected.Count;
        }
    }

    [Fact]
    public void ParseLines_AnyCutIntoBlocks_SameRecords() =>
        Prop.ForAll<int>(seed =>
        {
            Random random = new(seed);
            EventTexts texts = new(random);
            byte[] text = texts.Block(random.Next(1, 60), random.Next(1, 20));
            EventParser warm = new();
            for (int i = 0; i < 5; i++)
            {
                ParserChecks.Check(warm, texts.Block(random.Next(1, 60), 2), (byte)random.Next(256));
            }

            for (int start = 0; start < text.Length;)
            {
                int cut = Math.Min(text.Length, start + random.Next(text.Length));
                int line = text.AsSpan(cut).IndexOf((byte)'\n');
                int end = line < 0 ? text.Length : cut + line + 1;
                ParserChecks.Check(warm, text.AsSpan(start, end - start), (byte)random.Next(256));
                start = end;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(1234, 5679));

    [Fact]
    public void Build_RandomBytes_EveryPathGivesTheSameIndex()
    {
        Random random = new(Seed);
        StructuralIndex[] paths = [.. Enum.GetValues<IndexPath>().Where(StructuralIndex.IsSupported).Select(p => new StructuralIndex(p))];
        for (int run = 0; run < 3000; run++)
        {
            byte[] bytes = new byte[random.Next(0, 700) + EventParser.Padding];
            random.NextBytes(bytes);
            int limit = random.Next(3) switch { 0 => 256, 1 => 128, _ => 40 };
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(bytes[i] % limit);
            }

            int end = bytes.Length - EventParser.Padding;
            int start = random.Next(end + 1);
            int[] expected = [.. Enumerable.Range(start, end - start).Where(i => bytes[i] is < 0x20 or (byte)'"' or (byte)'\\')];
            bool nonAscii = bytes.AsSpan(start, end - start).ContainsAnyInRange((byte)0x80, (byte)0xFF);
            foreach (StructuralIndex index in paths)
            {
                index.Build(ref bytes[0], start, end);
                Assert.Equal(expected, index.Positions.ToArray());
                Assert.Equal(nonAscii, index.HasNonAscii);
            }
        }
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : usual;
}
