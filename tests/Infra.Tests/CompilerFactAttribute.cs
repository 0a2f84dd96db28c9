namespace Tidemark.Infra.Tests;

/// <summary>A test with the real Bicep compiler. eng/deps.sh installs it where the feed has it; elsewhere the test is listed as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute()
    {
        if (Program is null)
        {
            Skip = "There is no Bicep compiler here: the grammar alone has been checked.";
        }
    }

    /// <summary>Where it is; null for nowhere.</summary>
    public static string? Program { get; } =
        new[] { Repository.At("eng", "bicep", "bin", "bicep") }.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "bicep")))
            .FirstOrDefault(File.Exists);
}
