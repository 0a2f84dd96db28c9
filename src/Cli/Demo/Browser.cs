using System.ComponentModel;
using System.Diagnostics;

namespace Tidemark.Cli.Demo;

/// <summary>Opens an address as the desktop does.</summary>
internal static class Browser
{
    /// <summary>Opens it, or says that it cannot.</summary>
    public static void Open(Uri url, CommandContext context)
    {
        try
        {
            ProcessStartInfo start = OperatingSystem.IsLinux()
                ? new ProcessStartInfo("xdg-open", [url.AbsoluteUri]) { RedirectStandardError = true, RedirectStandardOutput = true }
                : new ProcessStartInfo(url.AbsoluteUri) { UseShellExecute = true };
            using Process? browser = Process.Start(start);
        }
        catch (Exception problem) when (problem is Win32Exception or IOException)
        {
            context.Say($"cannot open a browser ({problem.Message.TrimEnd('.')}): open {url} yourself");
        }
    }
}
