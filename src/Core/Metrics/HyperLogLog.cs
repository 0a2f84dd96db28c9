using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Core.Metrics;

/// <summary>
/// A HyperLogLog of 64-bit hashes with 16,384 registers (p = 14, standard error 0.81 %). Its registers and its estimate equal those of
/// Redis for the same hashes, so its dense string form can be used with <c>PFCOUNT</c> and <c>PFMERGE</c>.
/// </summary>
/// <remarks>
/// The algorithm is Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
/// algorithm" (2007); the estimator is the improved one of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
/// sketches", arXiv:1702.01284, section 2, which Redis uses since version 5. Not thread-safe.
/// </remarks>
public sealed class HyperLogLog
{
    /// <summary>The number of hash bits that select the register.</summary>
    public const int Precision = 14;

    /// <summary>The number of registers.</summary>
    public const int RegisterCount = 1 << Precision;

    /// <summary>The size in bytes of Redis's dense form: a header of 16 bytes, and the registers of 6 bits each.</summary>
    public const int RedisDenseBytes = HeaderBytes + PackedBytes;

    /// <summary>The size in bytes of the registers alone, of 6 bits each.</summary>
    internal const int PackedBytes = RegisterCount * 6 / 8;

    /// <summary>The greatest value of a register: all hash bits that do not select the register are zero.</summary>
    internal const int MaxRank = RankBits + 1;

    private const int HeaderBytes = 16;
    private const int RankBits = 64 - Precision;
    private const double AlphaInfinity = 0.721347520444481703680; // 1 / (2 ln 2)

    // One byte each in memory: adding costs a load and a compare, and merging is a vector maximum.
    private readonly byte[] _registers = new byte[RegisterCount];

    /// <summary>The registers, one byte each.</summary>
    internal ReadOnlySpan<byte> Registers => _registers;

    /// <summary>
    /// Adds an element by its hash (<see cref="MurmurHash64A"/> of its bytes for a sketch to be merged with one of Redis).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong hash)
    {
        unchecked
        {
            // The sentinel bit ends the run of zeros, so the rank is at most MaxRank.
            int rank = BitOperations.TrailingZeroCount((hash >> Precision) | (1UL << RankBits)) + 1;
            ref byte register = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_registers), (nuint)(hash & (RegisterCount - 1)));
            if (rank > register)
            {
                register = (byte)rank;
            }
        }
    }

    /// <summary>Makes this the sketch of the union of both sets. <paramref name="other"/> is not changed.</summary>
    public void Merge(HyperLogLog other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Span<Vector256<byte>> mine = MemoryMarshal.Cast<byte, Vector256<byte>>(_registers.AsSpan());
        ReadOnlySpan<Vector256<byte>> theirs = MemoryMarshal.Cast<byte, Vector256<byte>>(other._registers.AsSpan());
        for (int i = 0; i < mine.Length; i++)
        {
            mine[i] = Vector256.Max(mine[i], theirs[i]);
        }
    }

    /// <summary>A deep copy.</summary>
    public HyperLogLog Clone()
    {
        HyperLogLog copy = new();
        _registers.CopyTo(copy._registers, 0);
        return copy;
    }

    /// <summary>
    /// The estimated number of distinct elements: exactly what Redis 5 or later returns for <c>PFCOUNT</c> of the same registers.
    /// Registers that no real set produces (nearly all full) may estimate more than a long holds; the result is then <see
    /// cref="long.MaxValue"/>.
    /// </summary>
    public long Estimate()
    {
        Span<int> histogram = stackalloc int[64];
        histogram.Clear();
        foreach (byte register in _registers)
        {
            histogram[register & 63]++;
        }

        // The order of the floating-point operations is part of the contract: another order may differ in the last unit.
        const double m = RegisterCount;
        double z = m * Tau((m - histogram[MaxRank]) / m);
        for (int rank = RankBits; rank >= 1; rank--)
        {
            z = (z + histogram[rank]) * 0.5;
        }

        z += m * Sigma(histogram[0] / m);
        double estimate = Math.Round(AlphaInfinity * m * m / z, MidpointRounding.AwayFromZero);
        return unchecked((long)estimate); // saturates: infinite when every register is full
    }

    /// <summary>Writes the string that Redis stores for this sketch: dense encoding, with the cached cardinality marked as stale.</summary>
    /// <param name="destination">At least <see cref="RedisDenseBytes"/> bytes; no more are written.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void WriteRedisDense(Span<byte> destination)
    {
        if (destination.Length < RedisDenseBytes)
        {
            throw new ArgumentException($"The dense form needs {RedisDenseBytes} bytes; there are {destination.Length}.", nameof(destination));
        }

        Span<byte> header = destination[..HeaderBytes];
        header.Clear();
        "HYLL"u8.CopyTo(header);
        header[HeaderBytes - 1] = 0x80; // the top bit marks the cached cardinality as stale
        WritePacked(destination.Slice(HeaderBytes, PackedBytes));
    }

    /// <summary>Reads a sketch in Redis's dense encoding. The cached cardinality is ignored.</summary>
    /// <param name="source">Exactly <see cref="RedisDenseBytes"/> bytes.</param>
    /// <exception cref="InvalidDataException">Not a dense sketch; the message states what was expected and found.</exception>
    public static HyperLogLog ReadRedisDense(ReadOnlySpan<byte> source)
    {
        if (source.Length < HeaderBytes || !source.StartsWith("HYLL"u8))
        {
            throw new InvalidDataException("Not a Redis HyperLogLog: "
                + $"expected a header of {HeaderBytes} bytes that starts with HYLL, found {source.Length} bytes without it.");
        }

        if (source[4] != 0)
        {
            throw new InvalidDataException($"Not a dense HyperLogLog: expected encoding 0, found {source[4]}.");
        }

        if (source.Length != RedisDenseBytes)
        {
            throw new InvalidDataException($"Not a dense HyperLogLog: expected {RedisDenseBytes} bytes, found {source.Length}.");
        }

        return ReadPacked(source[HeaderBytes..]);
    }

    /// <summary>Writes the registers at 6 bits each, lowest bits first, in Redis's layout.</summary>
    internal void WritePacked(Span<byte> destination)
    {
        ReadOnlySpan<byte> registers = _registers;
        unchecked
        {
            for (int i = 0, o = 0; i < RegisterCount; i += 4, o += 3)
            {
                int four = registers[i] | (registers[i + 1] << 6) | (registers[i + 2] << 12) | (registers[i + 3] << 18);
                destination[o] = (byte)four;
                destination[o + 1] = (byte)(four >> 8);
                destination[o + 2] = (byte)(four >> 16);
            }
        }
    }

    /// <summary>Reads the output of <see cref="WritePacked"/>: exactly <see cref="PackedBytes"/> bytes.</summary>
    /// <exception cref="InvalidDataException">A register holds a value that no hash produces.</exception>
    internal static HyperLogLog ReadPacked(ReadOnlySpan<byte> source)
    {
        HyperLogLog sketch = new();
        for (int i = 0, o = 0; i < RegisterCount; i += 4, o += 3)
        {
            int four = source[o] | (source[o + 1] << 8) | (source[o + 2] << 16);
            for (int j = 0; j < 4; j++)
            {
                int rank = (four >> (6 * j)) & 63;
                if (rank > MaxRank)
                {
                    throw new InvalidDataException($"Corrupt HyperLogLog: expected registers of 0 to {MaxRank}, found {rank} in register {i + j}.");
                }

                sketch._registers[i + j] = (byte)rank;
            }
        }

        return sketch;
    }

    /// <summary>sigma(x) = x + sum over k of x^(2^k) 2^(k-1): the share of the registers that are still zero.</summary>
    private static double Sigma(double x)
    {
        if (x == 1)
        {
            return double.PositiveInfinity;
        }

        double sum = x, power = x, weight = 1, before;
        do
        {
            power *= power;
            before = sum;
            sum += power * weight;
            weight += weight;
        }
        while (sum != before);
        return sum;
    }

    /// <summary>tau(x) = (1 - x - sum over k of (1 - x^(2^-k))^2 2^-k) / 3: the share of the registers that are full.</summary>
    private static double Tau(double x)
    {
        if (x is 0 or 1)
        {
            return 0;
        }

        double sum = 1 - x, root = x, weight = 1, before;
        do
        {
            root = Math.Sqrt(root);
            before = sum;
            weight *= 0.5;
            double rest = 1 - root;
            sum -= rest * rest * weight;
        }
        while (sum != before);
        return sum / 3;
    }
}
