using System.Text.RegularExpressions;

namespace Tidemark.Infra.Tests;

/// <summary>
/// Goal: GitHub runs the same commands as here, with pinned code and no more rights than needed. Method: its files are read.
/// </summary>
public sealed partial class WorkflowTests
{
    public static TheoryData<string> All => [.. Files.Select(file => Path.GetFileName(file))];

    private static string[] Files => Directory.GetFiles(Repository.At(".github", "workflows"));

    [Fact]
    public void Ci_Tests_AreTheOnesOfTheReadme()
    {
        Assert.Contains("- run: make test\n", Workflow("ci.yml"), StringComparison.Ordinal);
        Assert.Contains("make test", Repository.Text(".ci", "run"), StringComparison.Ordinal);
        Assert.Contains("dotnet-version: 10.0.x", Workflow("ci.yml"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Workflow_Actions_ArePinnedByCommitAndSayTheirVersion(string name)
    {
        string[] used = [.. Actions(Workflow(name))];
        Assert.NotEmpty(used);
        Assert.All(used, action => Assert.Matches("^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+[.][0-9]+[.][0-9]+$", action));
    }

    [Fact]
    public void Workflows_Actions_HaveOneCommitEach()
    {
        string[] used = [.. Files.SelectMany(file => Actions(File.ReadAllText(file))).Distinct()];
        Assert.Equal(used.Select(action => action.Split('@')[0]).Distinct().Count(), used.Length);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Workflow_Checkout_LeavesNoCredentialsBehind(string name) =>
        Assert.Equal(Count(Workflow(name), "actions/checkout@"), Count(Workflow(name), "persist-credentials: false"));

    /// <summary>A token of Azure is for jobs that build and test nothing of a change, and is asked for by the job alone.</summary>
    [Theory]
    [InlineData("ci.yml", "")]
    [InlineData("deploy.yml", "deploy")]
    [InlineData("infra.yml", "what-if")]
    public void Workflow_TokensOfAzure_AreForOneJob(string name, string job)
    {
        string text = Workflow(name);
        int jobs = text.IndexOf("\njobs:\n", StringComparison.Ordinal);
        (string Name, string Text)[] trusted =
            [.. Jobs(text[jobs..]).Where(found => found.Text.Contains("id-token: write", StringComparison.Ordinal))];
        Assert.DoesNotContain("id-token", text[..jobs], StringComparison.Ordinal);
        Assert.Equal(job.Length == 0 ? [] : [job], trusted.Select(found => found.Name));
        Assert.All(trusted, found => Assert.DoesNotContain("make ", found.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Deploy_Tests_ComeFirst()
    {
        Assert.Contains("  test:\n    uses: ./.github/workflows/ci.yml\n", Workflow("deploy.yml"), StringComparison.Ordinal);
        Assert.Contains("  deploy:\n    needs: test\n", Workflow("deploy.yml"), StringComparison.Ordinal);
        Assert.Contains("  workflow_call:\n", Workflow("ci.yml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Ci_Restore_IsLocked() => Assert.Contains("LockedRestore: true\n", Workflow("ci.yml"), StringComparison.Ordinal);

    [Fact]
    public void Projects_OfTheSolution_HaveALockFile()
    {
        IEnumerable<string> projects = new[] { "src", "tests" }
            .SelectMany(folder => Directory.GetFiles(Repository.At(folder), "*.csproj", SearchOption.AllDirectories))
            .Where(project => !project.Split(Path.DirectorySeparatorChar).Contains("obj"));
        string[] without = [.. projects.Where(project => !File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")))];
        Assert.True(without.Length == 0, $"`make restore` writes the packages.lock.json of {string.Join(", ", without)}; commit it");
    }

    /// <summary>The compiler that the tests run, and no newer one that says other things.</summary>
    [Theory]
    [InlineData("deploy.yml")]
    [InlineData("infra.yml")]
    public void Workflow_Bicep_IsTheVersionOfTheTests(string name)
    {
        string version = Repository.Metadata("BicepVersion");
        string[] installed = [.. Workflow(name).Split('\n').Where(line => line.Contains("az bicep install", StringComparison.Ordinal))];
        Assert.NotEmpty(installed);
        Assert.All(installed, line => Assert.EndsWith($"az bicep install --version v{version}", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Ci_EveryPush_HasRedisAndChromium()
    {
        Assert.Contains("branches: ['**']", Workflow("ci.yml"), StringComparison.Ordinal);
        Assert.Contains("redis-server", Workflow("ci.yml"), StringComparison.Ordinal);
        Assert.Contains("chromium --version", Workflow("ci.yml"), StringComparison.Ordinal);
    }

    /// <summary>An identity that may only read cannot do the checks that Azure does otherwise.</summary>
    [Fact]
    public void WhatIf_PullRequest_AsksForNoRightsToWrite()
    {
        string[] asked = [.. Workflow("infra.yml").Split('\n').Where(line => line.Contains("az deployment", StringComparison.Ordinal))];
        Assert.Contains("what-if --validation-level ProviderNoRbac", Assert.Single(asked), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Workflow_Secrets_AreNone(string name)
    {
        Assert.DoesNotContain("secrets.", Workflow(name), StringComparison.Ordinal);
        Assert.Contains("permissions:\n  contents: read\n", Workflow(name), StringComparison.Ordinal);
    }

    private static string Workflow(string name) => Repository.Text(".github", "workflows", name);

    /// <summary>What it uses, without the workflows of this repository.</summary>
    private static IEnumerable<string> Actions(string workflow) =>
        Uses().Matches(workflow).Select(match => match.Groups["action"].Value).Where(action => !action.StartsWith("./", StringComparison.Ordinal));

    private static IEnumerable<(string Name, string Text)> Jobs(string jobs) => Job().Split(jobs).Skip(1).Chunk(2).Select(job => (job[0], job[1]));

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("^ *(- )?uses: (?<action>.+)$", RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex("^  ([a-z-]+):\n", RegexOptions.Multiline)]
    private static partial Regex Job();
}
