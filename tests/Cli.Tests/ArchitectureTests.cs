using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tidemark.Core;
using Tidemark.Dashboard.Api;
using Tidemark.Engine;
using Tidemark.Sinks;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests;

/// <summary>
/// Goal: dependencies point one way, Core &lt;- Engine, Core &lt;- Protocol, Core &lt;- Sinks &lt;- Dashboard, hosts on top, and what decides a
/// number needs no package.
/// </summary>
public sealed partial class ArchitectureTests
{
    /// <summary>What each project of the product may reference. A new one is added here, at its height.</summary>
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Core"] = [],
        ["Engine"] = ["Core"],
        ["Protocol"] = ["Core"],
        ["Sinks"] = ["Core"],
        ["Dashboard"] = ["Core", "Sinks"],
        ["Cli"] = ["Core", "Engine", "Sinks", "Dashboard"],
        ["Functions"] = ["Core", "Protocol", "Sinks", "Dashboard"],
    };

    [Fact]
    public void Projects_OfTheProduct_ReferenceOnlyWhatLiesBelow()
    {
        foreach ((string project, XDocument file) in Projects())
        {
            string[] referenced = [.. file.Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];

            Assert.True(Below.TryGetValue(project, out string[]? below), $"{project} is not in the picture of the product's projects.");
            Assert.Subset(below.ToHashSet(), referenced.ToHashSet());
        }
    }

    [Theory]
    [InlineData("Core")]
    [InlineData("Engine")]
    [InlineData("Protocol")]
    public void Projects_ThatDecideNumbers_ReferenceNoPackage(string project) =>
        Assert.Empty(Projects()[project].Descendants("PackageReference"));

    [Fact]
    public void Core_References_OnlyTheFramework() =>
        Assert.All(References(typeof(EngineOptions)), name => Assert.StartsWith("System", name, StringComparison.Ordinal));

    [Fact]
    public void Engine_References_OnlyCore() => Assert.Equal(["Tidemark.Core"], References(typeof(WindowEngine)).Where(IsOurs));

    [Fact]
    public void Sinks_References_OnlyCore() => Assert.Equal(["Tidemark.Core"], References(typeof(IResultSink)).Where(IsOurs));

    [Fact]
    public void Dashboard_References_OnlyCoreAndSinksAndTheFramework() =>
        Assert.All(References(typeof(DashboardApi)), name => Assert.True(
            name is "Tidemark.Core" or "Tidemark.Sinks" || name.StartsWith("System", StringComparison.Ordinal), name));

    [Fact]
    public void Cli_References_OnlyWhatLiesBelow() =>
        Assert.Subset(new HashSet<string> { "Tidemark.Core", "Tidemark.Engine", "Tidemark.Sinks", "Tidemark.Dashboard" },
            References(typeof(CommandContext)).Where(IsOurs).ToHashSet());

    [Fact]
    public void Namespaces_OfAllPublicTypes_AreProjectAndFolder()
    {
        foreach (Type type in new[] { typeof(EngineOptions), typeof(WindowEngine), typeof(IResultSink), typeof(DashboardApi) })
        {
            string root = type.Assembly.GetName().Name!;
            Assert.All(type.Assembly.GetExportedTypes(), exported => Assert.StartsWith(root, exported.Namespace, StringComparison.Ordinal));
        }
    }

    /// <summary>Longer lines do not fit beside a second file, or into a review. Sample records in raw strings are exempt.</summary>
    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("eng")]
    public void Sources_Lines_AreAtMost150Columns(string folder)
    {
        const int MaxColumns = 150;
        string root = Path.Combine(RepositoryRoot.Path, folder);
        string[] sources = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Where(file => !IsGenerated(file))];
        Assert.NotEmpty(sources);

        Assert.Empty(sources.SelectMany(LongLines).Select(line => $"{Path.GetRelativePath(root, line.File)}:{line.Number}"));

        static IEnumerable<(string File, int Number)> LongLines(string file)
        {
            bool isInRawString = false;
            int number = 0;
            foreach (string line in File.ReadLines(file))
            {
                number++;
                if (line.Length > MaxColumns && !isInRawString)
                {
                    yield return (file, number);
                }

                isInRawString ^= RawStringQuotes().Count(line) % 2 == 1;
            }
        }
    }

    private static bool IsGenerated(string file) =>
        file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj" or "node_modules");

    private static Dictionary<string, XDocument> Projects()
    {
        // Beside their sources: below obj there may be projects that builds have made.
        return Directory.EnumerateDirectories(RepositoryRoot.File("src")).SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"))
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), XDocument.Load);
    }

    private static bool IsOurs(string name) => name.StartsWith("Tidemark", StringComparison.Ordinal);

    private static string[] References(Type type) => [.. type.Assembly.GetReferencedAssemblies().Select(name => name.Name!)];

    [GeneratedRegex("\"{3,}")]
    private static partial Regex RawStringQuotes();
}
