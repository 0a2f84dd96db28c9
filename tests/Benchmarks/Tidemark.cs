using System.Diagnostics;

namespace Tidemark.Benchmarks;

/// <summary>Starts the built command and other processes, and finds the repository.</summary>
internal static class Tidemark
{
    public static string Root { get; } = FindRoot();

    public static Process Start(params string[] args) =>
        StartProcess("dotnet", [Path.Combine(Root, "src/Cli/bin/Release/net10.0/tidemark.dll"), .. args]);

    public static Process StartProcess(string file, IEnumerable<string> args)
    {
        ProcessStartInfo start = new(file, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {file}");
        process.ErrorDataReceived += (_, line) => LastErrorLine = line.Data ?? LastErrorLine;
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>The last line of a process on stderr, for messages.</summary>
    public static string LastErrorLine { get; private set; } = "";

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("run the benchmarks from a checkout: Functions.sln was not found above " + AppContext.BaseDirectory);
    }
}
