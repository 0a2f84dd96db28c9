using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tidemark.Infra.Tests;

/// <summary>
/// Goal: what is published can run. Method: a copy of the sources is published, with the stand-ins, and then on a feed that has
/// everything: the usual one and a scratch source of fake packages. Those go into a folder of packages of the test alone, never into the
/// one that real builds take theirs from.
/// </summary>
public sealed partial class PublishTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(6);

    // The build has already reported the warnings of the code.
    private static readonly string[] Quick = ["-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false", "-p:EnforceCodeStyleInBuild=false"];

    /// <summary>A package that targets look up in the folder of packages itself, and in no fallback.</summary>
    private const string LookedUp = "microsoft.azure.webjobs.script.extensionsmetadatagenerator";

    private readonly string _folder = Directory.CreateTempSubdirectory("tidemark-publish-").FullName;
    private readonly string _packages;
    private readonly string _sources;

    public PublishTests()
    {
        _packages = Path.Combine(_folder, "packages");
        Directory.CreateDirectory(_packages);
        Directory.CreateSymbolicLink(Path.Combine(_packages, LookedUp), Path.Combine(Repository.PackageRoot, LookedUp));
        _sources = Path.Combine(_folder, "sources");
        foreach (string file in Tracked())
        {
            string copy = Path.Combine(_sources, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Repository.At(file), copy);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Publish_WithStandIns_IsRefusedAndNamesEach()
    {
        string app = Path.Combine(_folder, "out");
        (int code, string output) = Dotnet(_sources, "publish", "src/Functions", "-c", "Release", "-p:DurableBackend=Scheduler", "-o", app);
        Assert.Equal(1, code);
        string error = Refusal().Match(output).Value;
        Assert.All(FakeFeed.Missing, name => Assert.Contains(name, error, StringComparison.Ordinal));
        Assert.Contains("FullFeed=true", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(app), output);
    }

    [Fact]
    public void Publish_OnAFullFeed_HasTheExtensionsOfTheHost()
    {
        string packages = Path.Combine(_folder, "packages-to-be");
        Directory.CreateDirectory(packages);
        FakeFeed.WriteProjects(packages);
        (int code, string output) = Dotnet(packages, "msbuild", "feed.proj");
        Assert.True(code == 0, output);
        Assert.Equal(FakeFeed.Missing.Count + FakeFeed.Extensions.Count, Directory.GetFiles(Path.Combine(packages, "feed"), "*.nupkg").Length);

        string app = Path.Combine(_folder, "out");
        (code, output) = Dotnet(
            _sources, "publish", "src/Functions", "-c", "Release", "-p:FullFeed=true", "-p:DurableBackend=Scheduler", "-o", app,
            $"-p:RestoreAdditionalProjectSources={packages}/feed");
        Assert.True(code == 0, output);

        using JsonDocument extensions = JsonDocument.Parse(File.ReadAllText(Path.Combine(app, "extensions.json")));
        JsonElement[] listed = [.. extensions.RootElement.GetProperty("extensions").EnumerateArray()];
        string[] started = [.. listed.Select(extension => extension.GetProperty("typeName").GetString()!)];
        foreach (HostExtension extension in FakeFeed.Extensions.Values)
        {
            string file = Path.Combine(app, ".azurefunctions", $"{extension.Package}.dll");
            Assert.True(File.Exists(file), $"{file} is not there");
            Assert.Contains(
                started, type => type.StartsWith($"{extension.Package}.{extension.StartupClass}, {extension.Package}, ", StringComparison.Ordinal));
        }

        using JsonDocument functions = JsonDocument.Parse(File.ReadAllText(Path.Combine(app, "functions.metadata")));
        Assert.Contains(
            functions.RootElement.EnumerateArray().SelectMany(function => function.GetProperty("bindings").EnumerateArray()),
            binding => binding.GetProperty("type").GetString() == "kafkaTrigger");
        Assert.True(File.Exists(Path.Combine(app, "Azure.Storage.Files.DataLake.dll")));
    }

    /// <summary>What the app is built of, as it lies in the work tree.</summary>
    private static IEnumerable<string> Tracked()
    {
        (int code, string output, string error) = Repository.Run(
            "git", "ls-files", "--cached", "--others", "--exclude-standard", "--",
            "src", "eng/stubs", "*.props", "*.targets", "BannedSymbols.txt", "host.json", ".editorconfig");
        Assert.True(code == 0, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Repository.At(file)));
    }

    /// <summary>Runs it with a folder of packages of its own; the usual one is a fallback, which is only read.</summary>
    private (int Code, string Output) Dotnet(string folder, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [.. arguments, "-nodeReuse:false", "-nologo", "-v:m", .. Quick])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["NUGET_PACKAGES"] = _packages;
        start.Environment["NUGET_FALLBACK_PACKAGES"] = Repository.PackageRoot;
        start.Environment.Remove("LockedRestore");
        start.Environment.Remove("FullFeed");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Timeout))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"dotnet {string.Join(' ', arguments)} did not end within {Timeout}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }

    [GeneratedRegex("Functions cannot be published: .*")]
    private static partial Regex Refusal();
}
