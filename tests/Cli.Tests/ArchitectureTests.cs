using System.Reflection;
using Tidemark.Core;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.Tests;

/// <summary>Goal: dependencies point one way, Core &lt;- Engine, Core &lt;- Sinks, hosts on top, and what decides a number needs no package.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Core_References_OnlyTheFramework() =>
        Assert.All(References(typeof(EngineOptions)), name => Assert.StartsWith("System", name, StringComparison.Ordinal));

    [Fact]
    public void Engine_References_OnlyCore() => Assert.Equal(["Tidemark.Core"], References(typeof(WindowEngine)).Where(IsOurs));

    [Fact]
    public void Sinks_References_OnlyCore() => Assert.Equal(["Tidemark.Core"], References(typeof(IResultSink)).Where(IsOurs));

    [Fact]
    public void Cli_References_OnlyWhatLiesBelow() =>
        Assert.Subset(new HashSet<string> { "Tidemark.Core", "Tidemark.Engine", "Tidemark.Sinks" }, References(typeof(CommandContext)).Where(IsOurs).ToHashSet());

    [Fact]
    public void Namespaces_OfAllPublicTypes_AreProjectAndFolder()
    {
        foreach (Assembly assembly in new[] { typeof(EngineOptions).Assembly, typeof(WindowEngine).Assembly, typeof(IResultSink).Assembly })
        {
            string root = assembly.GetName().Name!;
            Assert.All(assembly.GetExportedTypes(), type => Assert.StartsWith(root, type.Namespace, StringComparison.Ordinal));
        }
    }

    private static bool IsOurs(string name) => name.StartsWith("Tidemark", StringComparison.Ordinal);

    private static string[] References(Type type) => [.. type.Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
}
