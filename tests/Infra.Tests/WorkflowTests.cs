namespace Tidemark.Infra.Tests;

/// <summary>Goal: what runs on GitHub is what runs here. Method: its files are read.</summary>
public sealed class WorkflowTests
{
    [Theory]
    [InlineData("ci.yml")]
    [InlineData("deploy.yml")]
    public void Workflow_Tests_AreTheOnesOfTheReadme(string name)
    {
        Assert.Contains("- run: make test\n", Workflow(name), StringComparison.Ordinal);
        Assert.Contains("make test", Repository.Text(".ci", "run"), StringComparison.Ordinal);
        Assert.Contains("dotnet-version: 10.0.x", Workflow(name), StringComparison.Ordinal);
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
    [InlineData("ci.yml")]
    [InlineData("deploy.yml")]
    [InlineData("infra.yml")]
    public void Workflow_Secrets_AreNone(string name)
    {
        Assert.DoesNotContain("secrets.", Workflow(name), StringComparison.Ordinal);
        Assert.Contains("permissions:\n  contents: read\n", Workflow(name), StringComparison.Ordinal);
    }

    private static string Workflow(string name) => Repository.Text(".github", "workflows", name);
}
