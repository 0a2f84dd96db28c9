using System.Numerics;
using System.Text;
using Tidemark.Core.Metrics;

namespace Tidemark.Core.Tests.Metrics;

public sealed class MurmurHash64ATests
{
    [Theory]
    [InlineData("", 0xd8dfea6585bc9732UL)]
    [InlineData("a", 0x53d2470a9b43b1a7UL)]
    [InlineData("user-1", 0x7ab4cb62301c005aUL)]
    [InlineData("12345678", 0x95ebb86389132953UL)]
    [InlineData("123456789", 0x217532cb09f2a44dUL)]
    [InlineData("é€😀", 0x26e10ccfbccf21a9UL)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x51606c5c5b561aceUL)]
    public void Hash_KnownText_GivesKnownHash(string text, ulong expected)
        => Assert.Equal(expected, MurmurHash64A.Hash(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Hash_EveryLengthTo33_EqualsTheDefinition()
    {
        Random random = new(1);
        for (int length = 0; length <= 33; length++)
        {
            for (int i = 0; i < 50; i++)
            {
                byte[] data = new byte[length];
                random.NextBytes(data);
                Assert.Equal(Definition(data), MurmurHash64A.Hash(data));
            }
        }
    }

    /// <summary>The published definition in unbounded integers, which shares no arithmetic with the product.</summary>
    private static ulong Definition(byte[] data)
    {
        BigInteger two64 = BigInteger.One << 64;
        BigInteger m = 0xC6A4A7935BD1E995UL;
        BigInteger h = 0xADC83B19UL ^ (data.Length * m % two64);
        for (int block = 0; block < data.Length / 8; block++)
        {
            BigInteger k = new BigInteger(data.AsSpan(block * 8, 8), isUnsigned: true) * m % two64;
            k = (k ^ (k >> 47)) * m % two64;
            h = (h ^ k) * m % two64;
        }

        ReadOnlySpan<byte> tail = data.AsSpan(data.Length / 8 * 8);
        if (tail.Length > 0)
        {
            h = (h ^ new BigInteger(tail, isUnsigned: true)) * m % two64;
        }

        h = (h ^ (h >> 47)) * m % two64;
        return (ulong)(h ^ (h >> 47));
    }
}
