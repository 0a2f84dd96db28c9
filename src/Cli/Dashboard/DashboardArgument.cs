using System.CommandLine;
using System.CommandLine.Parsing;

namespace Tidemark.Cli.Dashboard;

/// <summary>The option <c>--dashboard</c>, alike in all commands.</summary>
internal static class DashboardArgument
{
    /// <summary>The port of the demo, unless it is in use.</summary>
    public const int DemoPort = 8321;

    /// <summary>Creates the option.</summary>
    /// <param name="default">What the help says of the default.</param>
    public static Option<string?> Create(string @default) => new("--dashboard")
    {
        HelpName = DashboardAddress.Form,
        Description = "Serve a page with the results as they come, and the API under it, to this machine only unless HOST says otherwise; "
            + $"0: any free port (docs/DASHBOARD.md). [default: {@default}]",
    };

    /// <summary>Reads the option.</summary>
    /// <returns>Where to serve; null: nowhere.</returns>
    public static DashboardAddress? Read(CommandResult result, Option<string?> option, DashboardAddress? otherwise, List<string> mistakes)
    {
        if (result.TextOf(option, mistakes) is not { } text)
        {
            return otherwise;
        }

        if (!DashboardAddress.TryParse(text, out DashboardAddress? address))
        {
            mistakes.Add($"{option.Name}: expected {DashboardAddress.Form}, such as 8080 or 0.0.0.0:8080, got '{text}'");
        }

        return address;
    }
}
