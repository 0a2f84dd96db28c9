using System.Runtime.InteropServices;

namespace Tidemark.Infra.Tests.Bicep;

/// <summary>What the compiler made of a file: the template, if there is one, and everything that it said.</summary>
internal sealed record Compilation(bool Succeeded, string Json, string Diagnostics);

/// <summary>
/// The Bicep compiler. On Linux x64 it comes with the packages of this project, so a missing one is a failure. There is no package for
/// other platforms: a <c>bicep</c> on the path is taken there, and without one every test of a compiled template is listed as skipped.
/// </summary>
internal static class Compiler
{
    /// <summary>Why a test of compiled templates cannot run here; null where it can, and where it has to.</summary>
    public static string? SkipReason { get; } = IsPackaged || Find() is not null
        ? null
        : "There is no package of the Bicep compiler for this platform and no bicep on the path: what infra/ compiles to is not checked here.";

    private static bool IsPackaged => OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64;

    /// <summary>Compiles a file with the rules of the bicepconfig.json beside it.</summary>
    /// <exception cref="FileNotFoundException">There is no compiler.</exception>
    public static Compilation Compile(string path)
    {
        string program = Find()
            ?? throw new FileNotFoundException("The Bicep compiler was not found: restore the packages of tests/Infra.Tests, which bring it.");
        (int code, string output, string error) = Repository.Run(program, "build", path, "--stdout");
        return new Compilation(code == 0, output, error);
    }

    private static string? Find()
    {
        string version = Repository.Metadata("BicepVersion");
        string packaged = Path.Combine(Repository.PackageRoot, "azure.bicep.commandline.linux-x64", version, "tools", "bicep");
        IEnumerable<string> path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "bicep.exe" : "bicep"));
        return (IsPackaged ? [packaged] : path).FirstOrDefault(File.Exists);
    }
}
