using System.Text.RegularExpressions;

namespace Tidemark.Infra.Tests;

/// <summary>An extension of the Functions host.</summary>
/// <param name="Package">Its package, assembly and namespace.</param>
/// <param name="StartupClass">What the host starts.</param>
/// <param name="IsImplicit">Whether a reference to the worker's package is enough; otherwise a function has to use one of its attributes.</param>
internal sealed record HostExtension(string Package, string StartupClass, bool IsImplicit);

/// <summary>
/// A NuGet source with a package for every name that a restricted feed lacks, at the versions of Directory.Packages.props, made of the
/// stand-ins under eng/stubs; and the extensions of the Functions host that the real packages name, with a class that the host would
/// start.
/// </summary>
internal static partial class FakeFeed
{
    /// <summary>The packages of the worker that name an extension of the host, by name.</summary>
    public static IReadOnlyDictionary<string, HostExtension> Extensions { get; } = new Dictionary<string, HostExtension>
    {
        ["Microsoft.Azure.Functions.Worker.Extensions.Kafka"] =
            new("Microsoft.Azure.WebJobs.Extensions.Kafka", "KafkaWebJobsStartup", IsImplicit: false),
        ["Microsoft.Azure.Functions.Worker.Extensions.DurableTask.AzureManaged"] =
            new("Microsoft.Azure.WebJobs.Extensions.DurableTask.AzureManaged", "AzureManagedWebJobsStartup", IsImplicit: true),
    };

    /// <summary>The names that a restricted feed lacks.</summary>
    public static IReadOnlyList<string> Missing { get; } =
        [.. MissingPackages().Match(Repository.Text("Directory.Build.props")).Groups[1].Value
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Writes the projects of the packages into a folder, and one that packs them all into a folder <c>feed</c> beside it.</summary>
    public static void WriteProjects(string folder)
    {
        foreach (string name in Missing)
        {
            WriteStandIn(Path.Combine(folder, name), name);
            if (Extensions.TryGetValue(name, out HostExtension? extension))
            {
                WriteExtension(Path.Combine(folder, extension.Package), extension, VersionOf(name));
            }
        }

        // Restores one after another, since they share a folder of packages that is empty at first.
        File.WriteAllText(Path.Combine(folder, "feed.proj"), """
            <Project>
              <ItemGroup><Package Include="*/*.csproj" /></ItemGroup>
              <Target Name="Pack">
                <MSBuild Projects="@(Package)" Targets="Restore" Properties="IsRestoring=true" />
                <MSBuild Projects="@(Package)" Targets="Pack" Properties="Configuration=Release" BuildInParallel="true" />
              </Target>
            </Project>
            """);
    }

    private static void WriteStandIn(string folder, string name)
    {
        string stub = Repository.At("eng", "stubs", name);
        HostExtension? extension = Extensions.GetValueOrDefault(name);
        string[] references =
        [
            .. Reference().Matches(File.ReadAllText(Path.Combine(stub, $"{name}.csproj"))).Select(match => match.Groups[1].Value),
            .. extension is not null ? ["Microsoft.Azure.Functions.Worker.Extensions.Abstractions"] : Array.Empty<string>(),
        ];
        string compile = $"""<Compile Include="{stub}/**/*.cs" Exclude="{stub}/obj/**;{stub}/bin/**" />""";
        Write(folder, name, VersionOf(name), "net10.0", references.Distinct(), compile);
        if (extension is not null)
        {
            string arguments = $"\"{extension.Package}\", \"{VersionOf(name)}\", {(extension.IsImplicit ? "true" : "false")}";
            File.WriteAllText(
                Path.Combine(folder, "Extension.cs"),
                $"[assembly: Microsoft.Azure.Functions.Worker.Extensions.Abstractions.ExtensionInformation({arguments})]\n");
        }
    }

    private static void WriteExtension(string folder, HostExtension extension, string version)
    {
        Write(folder, extension.Package, version, "net8.0", ["Microsoft.Azure.WebJobs"], "");
        File.WriteAllText(Path.Combine(folder, "Startup.cs"), $$"""
            using Microsoft.Azure.WebJobs;
            using Microsoft.Azure.WebJobs.Hosting;

            [assembly: WebJobsStartup(typeof({{extension.Package}}.{{extension.StartupClass}}))]

            namespace {{extension.Package}};

            public class {{extension.StartupClass}} : IWebJobsStartup
            {
                public void Configure(IWebJobsBuilder builder)
                {
                }
            }
            """);
    }

    private static void Write(string folder, string name, string version, string framework, IEnumerable<string> references, string item)
    {
        Directory.CreateDirectory(folder);
        IEnumerable<string> packages = references.Select(package => $"""<PackageReference Include="{package}" Version="{VersionOf(package)}" />""");
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
                <AssemblyName>{name}</AssemblyName>
                <Version>{version}</Version>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
                <PackageOutputPath>$(MSBuildProjectDirectory)/../feed</PackageOutputPath>
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", packages)}
                {item}
              </ItemGroup>
            </Project>
            """);
    }

    // The host's library is no package of ours; the durable extension brings this version of it.
    private static string VersionOf(string package) => package == "Microsoft.Azure.WebJobs"
        ? "3.0.48"
        : Regex.Match(Repository.Text("Directory.Packages.props"), $"Include=\"{Regex.Escape(package)}\" Version=\"([^\"]+)\"").Groups[1].Value;

    [GeneratedRegex("<MissingPackages [^>]*>([^<]*)</MissingPackages>")]
    private static partial Regex MissingPackages();

    [GeneratedRegex("<PackageReference Include=\"([^\"]+)\"")]
    private static partial Regex Reference();
}
