using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Benchmarks;

/// <summary>What the numbers were measured on.</summary>
internal static class Machine
{
    public static void Print(TextWriter writer)
    {
        string vectors = Vector512.IsHardwareAccelerated ? "AVX-512" : Vector256.IsHardwareAccelerated ? "AVX2" : "128-bit vectors";
        writer.WriteLine($"{Environment.ProcessorCount} cores {RuntimeInformation.ProcessArchitecture} {Model()} ({vectors}), "
            + $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}");
    }

    private static string Model()
    {
        const string Info = "/proc/cpuinfo";
        string? line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[1].Trim() ?? "";
    }
}
