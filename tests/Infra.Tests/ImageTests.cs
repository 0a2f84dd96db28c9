using System.Text.RegularExpressions;

namespace Tidemark.Infra.Tests;

/// <summary>
/// Goal: the image is built of pinned parts, holds nothing else and runs without rights. Method: its files are read; the workflow builds and
/// runs it.
/// </summary>
public sealed partial class ImageTests
{
    private static readonly string Dockerfile = Repository.Text("Dockerfile");

    private static readonly string[] Ignored =
        [.. Repository.Text(".dockerignore").Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#'))];

    [Fact]
    public void Dockerfile_Images_ArePinnedByTheirWholeVersion() =>
        Assert.All(
            From().Matches(Dockerfile), from => Assert.Matches(@"^mcr\.microsoft\.com/dotnet/[a-z-]+:10\.0\.[0-9]+-[a-z-]+$", from.Groups[1].Value));

    [Fact]
    public void Dockerfile_User_IsNotRoot()
    {
        string last = Dockerfile[Dockerfile.LastIndexOf("\nFROM ", StringComparison.Ordinal)..];

        Assert.Matches("\nUSER [1-9][0-9]+\n", last);
        Assert.DoesNotContain("\nRUN ", last, StringComparison.Ordinal);
        Assert.Contains("\nENTRYPOINT [\"/app/tidemark\"]", last, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_Files_AreThoseThatTheCommandIsBuiltOf()
    {
        Assert.Equal("*", Ignored[0]);
        string[] taken = [.. Ignored.Where(line => line.StartsWith('!')).Select(line => line[1..])];

        Assert.All(taken, path => Assert.True(Path.Exists(Repository.At(path)), $"{path} is not there"));
        Assert.Contains("**/obj", Ignored);

        // Whatever the build reads beside the sources.
        IEnumerable<string> read = Directory.GetFiles(Repository.Root, "Directory.*").Select(file => Path.GetFileName(file))
            .Concat(AdditionalFile().Matches(Repository.Text("Directory.Build.targets")).Select(match => match.Groups[1].Value));
        Assert.Subset(taken.ToHashSet(), read.ToHashSet());
    }

    [Fact]
    public void Workflow_Image_IsBuiltAndRun()
    {
        string workflow = Repository.Text(".github", "workflows", "ci.yml");

        Assert.Contains("- run: make image\n", workflow, StringComparison.Ordinal);
        Assert.Contains("docker run --rm --interactive --read-only --network none tidemark run --source -", workflow, StringComparison.Ordinal);
    }

    [GeneratedRegex("(?m)^FROM ([^ \n]+)")]
    private static partial Regex From();

    [GeneratedRegex("""AdditionalFiles Include="[$]\(MSBuildThisFileDirectory\)([^"]+)""")]
    private static partial Regex AdditionalFile();
}
