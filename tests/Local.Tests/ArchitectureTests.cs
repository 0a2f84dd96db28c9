using System.Reflection;
using Tidemark.Aggregation;
using Tidemark.Storage;

namespace Tidemark.Local.Tests;

/// <summary>Goal: dependencies point one way, Aggregation &lt;- Storage &lt;- hosts, and the engine needs no package.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Aggregation_References_OnlyTheFramework() =>
        Assert.All(References(typeof(EngineOptions)), name => Assert.StartsWith("System", name, StringComparison.Ordinal));

    [Fact]
    public void Storage_References_NoHost()
    {
        string[] ours = [.. References(typeof(IResultSink)).Where(IsOurs)];
        Assert.Equal(["Tidemark.Aggregation"], ours);
    }

    [Fact]
    public void Local_References_OnlyWhatLiesBelow() =>
        Assert.Subset(new HashSet<string> { "Tidemark.Aggregation", "Tidemark.Storage" }, References(typeof(CommandContext)).Where(IsOurs).ToHashSet());

    [Fact]
    public void Namespaces_OfAllPublicTypes_AreProjectAndFolder()
    {
        foreach (Assembly assembly in new[] { typeof(EngineOptions).Assembly, typeof(IResultSink).Assembly })
        {
            string root = assembly.GetName().Name!;
            Assert.All(assembly.GetExportedTypes(), type => Assert.StartsWith(root, type.Namespace, StringComparison.Ordinal));
        }
    }

    private static bool IsOurs(string name) => name.StartsWith("Tidemark", StringComparison.Ordinal);

    private static string[] References(Type type) => [.. type.Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
}
