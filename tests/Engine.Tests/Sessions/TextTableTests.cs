using System.Globalization;
using System.Text;
using Tidemark.Engine.Sessions;

namespace Tidemark.Engine.Tests.Sessions;

/// <summary>Texts stay what they are while others come and go, and memory follows what is in use.</summary>
public sealed class TextTableTests
{
    [Fact]
    public void Share_ManyTextsOfWhichFewAreKept_TakesTheMemoryOfThoseKept()
    {
        TextTable texts = new();
        List<int> kept = [];
        for (int i = 0; i < 100_000; i++)
        {
            int text = Share(texts, i);
            if (i % 1000 == 0)
            {
                kept.Add(text);
            }
            else
            {
                texts.Release(text);
            }
        }

        // 100 texts of 100 bytes; what passed through are 10 MB.
        Assert.True(texts.AllocatedBytes <= 4 * 65_536, $"{texts.AllocatedBytes:N0} bytes");
        Assert.All(kept.Index(), item => Assert.Equal(Text(1000 * item.Index), Encoding.UTF8.GetString(texts[item.Item])));
    }

    [Fact]
    public void Release_RandomTexts_KeepsTheOthers()
    {
        Random random = new(7);
        TextTable texts = new();
        List<(int Number, string Text)> kept = [];
        for (int i = 0; i < 200_000; i++)
        {
            bool grows = i % 40_000 < 20_000;
            if (kept.Count == 0 || random.Next(10) < (grows ? 7 : 3))
            {
                string text = Text(random.Next(5000))[..random.Next(1, 100)];
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                kept.Add((random.Next(2) == 0 ? texts.Own(bytes) : texts.Share(bytes, Hash(text)), text));
            }
            else
            {
                int place = random.Next(kept.Count);
                texts.Release(kept[place].Number);
                kept[place] = kept[^1];
                kept.RemoveAt(kept.Count - 1);
            }
        }

        Assert.All(kept, item => Assert.Equal(item.Text, Encoding.UTF8.GetString(texts[item.Number])));
        Assert.Equal(kept.Select(item => item.Number).Distinct().Count(), texts.Count);
    }

    private static int Share(TextTable texts, int i) => texts.Share(Encoding.UTF8.GetBytes(Text(i)), Hash(Text(i)));

    private static uint Hash(string text) => (uint)text.GetHashCode(StringComparison.Ordinal);

    private static string Text(int i) => i.ToString("d8", CultureInfo.InvariantCulture).PadRight(100, '-');
}
