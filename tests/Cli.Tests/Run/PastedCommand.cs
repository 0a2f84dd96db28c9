using System.Diagnostics;

namespace Tidemark.Cli.Tests.Run;

/// <summary>A printed command line as a shell reads it when a person pastes it.</summary>
internal static class PastedCommand
{
    /// <summary>The query of a line <c>duckdb -c "..."</c>.</summary>
    public static async Task<string> SqlAsync(string line)
    {
        using Process shell = Process.Start(
            new ProcessStartInfo("sh", ["-c", "duckdb() { [ $# = 2 ] && [ \"$1\" = -c ] && printf %s \"$2\"; }; " + line])
            {
                RedirectStandardOutput = true,
            })!;
        string sql = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, $"the shell could not read: {line}");
        return sql;
    }
}
