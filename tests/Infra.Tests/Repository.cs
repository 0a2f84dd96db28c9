using System.Diagnostics;
using System.Reflection;

namespace Tidemark.Infra.Tests;

/// <summary>The files of this repository, and programs run in it.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Infra => At("infra");

    /// <summary>Where the packages of the build lie.</summary>
    public static string PackageRoot => Metadata("PackageRoot");

    /// <summary>What the project file says of the build.</summary>
    public static string Metadata(string name) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == name).Value!;

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Text(params string[] parts) => File.ReadAllText(At(parts));

    /// <summary>Runs a program to its end.</summary>
    public static (int Code, string Output, string Error) Run(string program, params IEnumerable<string> arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Functions.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
