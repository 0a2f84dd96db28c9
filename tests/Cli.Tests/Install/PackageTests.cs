using System.Reflection;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Install;

/// <summary>The package of the command. It holds what is built already; only `make pack` makes one for every platform.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task Pack_InstalledAsATool_IsTheCommand()
    {
        using TempFolder folder = new();
        DirectoryInfo output = new(AppContext.BaseDirectory);
        string configuration = output.Parent!.Name;
        string install = $"dotnet pack '{RepositoryRoot.File("src/Cli")}' -c {configuration} --no-build -p:Version=0.0.7 -o feed -v q --nologo >&2"
            + " && dotnet tool install Tidemark --tool-path tools --source \"$PWD/feed\" --version 0.0.7 >&2";
        using TidemarkProcess shell = TidemarkProcess.StartShell(
            folder.Path, $"export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_HOME=\"$PWD\" && {install} && tools/tidemark --version");
        shell.Input.Close();

        Assert.True(await shell.ExitAsync() == 0, shell.Error);

        string version = typeof(CommandContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.Equal(version, shell.Output.TrimEnd());
    }
}
