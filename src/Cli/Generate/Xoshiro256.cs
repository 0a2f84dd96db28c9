using System.Numerics;

namespace Tidemark.Cli.Generate;

/// <summary>
/// The generator xoshiro256** 1.0 of Blackman and Vigna (public domain), seeded by their splitmix64. Ours, because the numbers that
/// System.Random draws for a seed are not promised to stay the same. A mutable struct: keep it in a field and never copy it.
/// </summary>
internal struct Xoshiro256
{
    private ulong _s0, _s1, _s2, _s3;

    public Xoshiro256(ulong seed)
    {
        _s0 = Mix(seed += Step);
        _s1 = Mix(seed += Step);
        _s2 = Mix(seed += Step);
        _s3 = Mix(seed + Step);
    }

    private const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number below <paramref name="limit"/>, which is at most 2^32.</summary>
    public ulong Below(ulong limit) => ((Next() >> 32) * limit) >> 32;

    /// <summary>The output function of splitmix64: a bijection that scatters its input over all 64 bits.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Scatters a pair of numbers; for what must follow from a user or a minute alone, not from the order of draws.</summary>
    public static ulong Mix(ulong seed, ulong value) => Mix(Mix(seed + Step) + (value + 1) * Step);
}
