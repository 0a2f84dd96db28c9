using System.Diagnostics;

namespace Tidemark.Infra.Tests;

/// <summary>
/// Goal: eng/deploy.sh does the right things in the right order. Method: a copy of it, with stand-ins for the programs that it calls,
/// which note how.
/// </summary>
public sealed class DeployTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tidemark-deploy-").FullName;
    private string _error = "";

    public DeployTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "eng"));
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        File.Copy(Repository.At("eng", "deploy.sh"), Path.Combine(_folder, "eng", "deploy.sh"));
        File.Copy(Repository.At("infra", "main.dev.parameters.json"), Path.Combine(_folder, "dev.json"));
        Program("bin/dotnet", "mkdir -p out/app && touch out/app/host.json");
        Program("bin/zip", "");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Deploy_Flex_CreatesThenPublishesThenDeploys()
    {
        string[] calls = Run(Outputs("Flex", "AzureStorage"), 0, "dev.json", "kafkaTopic=x");
        Assert.Equal(
            "az deployment sub create --name tidemark-tidemark-dev --location swedencentral --template-file infra/main.bicep "
                + "--parameters @dev.json kafkaTopic=x --output none",
            calls[1]);
        Assert.Equal("dotnet publish src/Functions -c Release -o out/app -p:DurableBackend=AzureStorage --nologo --verbosity quiet", calls[2]);
        Assert.Equal("zip -qr ../functions.zip .", calls[3]);
        Assert.Equal(
            "az functionapp deployment source config-zip --resource-group the-group --name the-app --src out/functions.zip --output none",
            calls[4]);
        Assert.Equal(5, calls.Length);
    }

    [Fact]
    public void Deploy_ElasticPremiumAndScheduler_UploadsAndRestarts()
    {
        string[] calls = Run(Outputs("ElasticPremium", "Scheduler"), 0, "dev.json");
        Assert.Contains("-p:DurableBackend=Scheduler", calls[2], StringComparison.Ordinal);
        Assert.Equal(
            "az storage blob upload --auth-mode login --overwrite --blob-url https://a/deployments/functions.zip "
                + "--file out/functions.zip --output none",
            calls[4]);
        Assert.Equal("az functionapp restart --resource-group the-group --name the-app --output none", calls[5]);
    }

    [Fact]
    public void Deploy_FeedLacksAPackage_StopsBeforeAnything()
    {
        Program("bin/dotnet", "exit 1");
        Assert.Equal(["dotnet restore src/Functions --verbosity quiet"], Run(Outputs("Flex", "AzureStorage"), 1, "dev.json"));
    }

    [Fact]
    public void Deploy_ProductionWithoutAlertEmails_StopsBeforeAnything()
    {
        File.Copy(Repository.At("infra", "main.prod.parameters.json"), Path.Combine(_folder, "prod.json"));
        Assert.Empty(Run(Outputs("Flex", "AzureStorage"), 2, "prod.json"));
        Assert.Contains("alertEmails: expected at least one address", _error, StringComparison.Ordinal);
        Assert.Empty(Run(Outputs("Flex", "AzureStorage"), 2, "prod.json", "alertEmails=[]"));
    }

    [Fact]
    public void Deploy_ProductionWithAlertEmails_Deploys()
    {
        string prod = Repository.Text("infra", "main.prod.parameters.json");
        File.WriteAllText(Path.Combine(_folder, "prod.json"), prod);
        Assert.Equal(5, Run(Outputs("Flex", "AzureStorage"), 0, "prod.json", "alertEmails=[\"operators@example.com\"]").Length);
        File.Delete(Path.Combine(_folder, "calls"));
        const string Emails = "\"alertEmails\": {\n      \"value\": [\n        \"operators@example.com\"\n      ]\n    },\n    ";
        File.WriteAllText(
            Path.Combine(_folder, "prod.json"), prod.Replace("\"requireAlertEmails\"", Emails + "\"requireAlertEmails\"", StringComparison.Ordinal));
        Assert.Equal(5, Run(Outputs("Flex", "AzureStorage"), 0, "prod.json").Length);
    }

    [Fact]
    public void Deploy_Always_TakesTheRealPackages()
    {
        Program("bin/dotnet", "mkdir -p out/app && echo \"FullFeed=$FullFeed\" >> full-feed");
        Run(Outputs("Flex", "AzureStorage"), 0, "dev.json");
        Assert.Equal(["FullFeed=true", "FullFeed=true"], File.ReadAllLines(Path.Combine(_folder, "full-feed")));
    }

    [Fact]
    public void Deploy_WithoutAFile_SaysHow() => Assert.Empty(Run("", 2, "nowhere.json"));

    private static string Outputs(string hosting, string backend) =>
        $"""
        case "$*" in
          *hosting.value*) echo {hosting} ;;
          *durableBackend.value*) echo {backend} ;;
          *resourceGroup.value*) echo the-group ;;
          *functionApp.value*) echo the-app ;;
          *packageContainer.value*) echo https://a/deployments ;;
          *hostName.value*) echo the-host ;;
        esac
        """;

    /// <summary>Runs it; answers the calls, without those that only ask.</summary>
    private string[] Run(string az, int code, params string[] arguments)
    {
        Program("bin/az", az);
        ProcessStartInfo start = new("bash", ["eng/deploy.sh", .. arguments])
        {
            WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{Path.Combine(_folder, "bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        _error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(code == process.ExitCode, _error);
        string calls = Path.Combine(_folder, "calls");
        return File.Exists(calls)
            ? [.. File.ReadAllLines(calls).Where(call => !call.StartsWith("az deployment sub show", StringComparison.Ordinal))]
            : [];
    }

    private void Program(string path, string body)
    {
        string name = path.StartsWith("bin/", StringComparison.Ordinal) ? path[4..] : path;
        string file = Path.Combine(_folder, path);
        File.WriteAllText(file, $"#!/usr/bin/env bash\necho \"{name} $*\" >> '{_folder}/calls'\n{body}\n");
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("eng/deploy.sh wants a shell.");
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
