using System.Globalization;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>TIDEMARK_SEEDS multiplies the number of seeds of the random proofs, as <c>make fuzz</c> does; first seeds stay the same.</summary>
internal static class Seeds
{
    public static int Factor { get; } = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_SEEDS") ?? "1", CultureInfo.InvariantCulture);
}
