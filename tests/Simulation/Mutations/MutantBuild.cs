using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tidemark.Simulation.Mutations;

/// <summary>
/// Compiles a project of the product anew, with edits, by the SDK's own compiler: what is tested is the product's source, and no switch in it
/// exists for the test.
/// </summary>
internal static class MutantBuild
{
    private static readonly string Output = AppContext.BaseDirectory;
    private static readonly string DotnetRoot = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static readonly Lazy<string> Root = new(() =>
    {
        DirectoryInfo? folder = new(Output);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException(
            $"No Functions.sln in {Output} or above it: the mutations are of the sources of this repository.");
    });

    private static readonly ConcurrentDictionary<string, IReadOnlyList<string>> Sources = [];
    private static readonly ConcurrentDictionary<string, IReadOnlyList<TypeDeclarationSyntax>> Types = [];

    /// <summary>The projects that edits may be in, those first that others are built on.</summary>
    public static IReadOnlyList<string> Projects { get; } = ["Core", "Engine", "Protocol", "Sinks", "Functions"];

    /// <summary>Copies the simulator and puts mutated assemblies into the copy.</summary>
    /// <param name="edits">What is changed.</param>
    /// <param name="projects">What is compiled.</param>
    /// <param name="folder">An empty folder.</param>
    public static void Into(string folder, IReadOnlyList<Edit> edits, IEnumerable<string> projects)
    {
        foreach (string file in Directory.EnumerateFiles(Output))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        foreach (string project in Projects.Where(projects.Contains))
        {
            Compile(project, [.. edits.Where(edit => edit.Project == project)], folder);
        }
    }

    /// <summary>The source files of the product that edits change, with the edits in them.</summary>
    /// <exception cref="InvalidOperationException">What an edit changes is not there exactly once.</exception>
    public static IReadOnlyDictionary<string, string> Apply(IReadOnlyList<Edit> edits)
    {
        Dictionary<string, List<TextChange>> changes = [];
        foreach (Edit edit in edits)
        {
            List<(string File, TextChange Change)> found = [];
            foreach (string file in SourcesOf(edit.Project))
            {
                found.AddRange(TypesOf(file).Where(type => type.Identifier.Text == edit.TypeName)
                    .SelectMany(edit.Find).Select(change => (file, change)));
            }

            if (found.Count != 1)
            {
                throw new InvalidOperationException($"Expected to find exactly once, found {found.Count} times: {edit}");
            }

            (changes.TryGetValue(found[0].File, out List<TextChange>? ofFile) ? ofFile : changes[found[0].File] = []).Add(found[0].Change);
        }

        return changes.ToDictionary(pair => pair.Key,
            pair => SourceText.From(File.ReadAllText(pair.Key)).WithChanges(pair.Value.OrderBy(change => change.Span.Start)).ToString());
    }

    private static IReadOnlyList<TypeDeclarationSyntax> TypesOf(string file) => Types.GetOrAdd(
        file, path => [.. CSharpSyntaxTree.ParseText(File.ReadAllText(path)).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()]);

    private static void Compile(string project, IReadOnlyList<Edit> edits, string folder)
    {
        string source = Path.Combine(Root.Value, "src", project);
        string mutated = Directory.CreateDirectory(Path.Combine(folder, "mutated", project)).FullName;
        List<string> files = [.. SourcesOf(project)];
        foreach ((string file, string text) in Apply(edits))
        {
            string copy = Path.Combine(mutated, Path.GetFileName(file));
            File.WriteAllText(copy, text);
            files.Remove(file);
            files.Add(copy);
        }

        // What the build of the project generated: global usings and the assembly's attributes.
        string[] built = new DirectoryInfo(Output).FullName.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar)[^2..];
        files.AddRange(Directory.EnumerateFiles(Path.Combine([source, "obj", .. built]), "*.cs"));
        string assembly = Path.Combine(folder, $"Tidemark.{project}.dll");
        File.Delete(assembly);
        List<string> arguments =
        [
            "-nologo", project == "Functions" ? "-target:exe" : "-target:library", $"-out:\"{assembly}\"",
            "-langversion:latest", "-nullable:enable", "-unsafe+", "-optimize+", "-deterministic+", "-nostdlib+", "-warn:0", "-nowarn:1701,1702",
            project is "Core" or "Engine" or "Protocol" ? "-checked+" : "-checked-",
            .. References(folder, project).Select(file => $"-reference:\"{file}\""),
            .. Packs("analyzers", "dotnet", "cs").Select(file => $"-analyzer:\"{file}\""),
            .. files.Select(file => $"\"{file}\""),
        ];
        string response = Path.Combine(mutated, "csc.rsp");
        File.WriteAllLines(response, arguments);
        string compiler = Path.Combine(Newest(Path.Combine(DotnetRoot, "sdk")), "Roslyn", "bincore", "csc.dll");
        (int exit, string output) = Run(TimeSpan.FromMinutes(2), compiler, "-noconfig", $"@{response}");
        if (exit != 0)
        {
            throw new InvalidOperationException($"The mutated {project} does not compile:\n{output}");
        }
    }

    /// <summary>Runs a program on this runtime; answers its exit code and what it wrote.</summary>
    public static (int Exit, string Output) Run(TimeSpan within, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Path.Combine(DotnetRoot, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("Could not start dotnet.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(within))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"Not done within {within}: {string.Join(' ', start.ArgumentList)}"));
        }

        return (process.ExitCode, output.Result + error.Result);
    }

    public static string ReadDocs(string name) => File.ReadAllText(Path.Combine(Root.Value, "docs", name));

    /// <summary>What the project compiles, which the project alone knows: some files are for the real packages only.</summary>
    private static IReadOnlyList<string> SourcesOf(string project) => Sources.GetOrAdd(project, name =>
    {
        (int exit, string output) =
            Run(TimeSpan.FromMinutes(1), "msbuild", Path.Combine(Root.Value, "src", name, name + ".csproj"), "-nologo", "-getItem:Compile");
        if (exit != 0)
        {
            throw new InvalidOperationException($"MSBuild does not tell the sources of {name}:\n{output}");
        }

        using JsonDocument items = JsonDocument.Parse(output);
        return [.. items.RootElement.GetProperty("Items").GetProperty("Compile")
            .EnumerateArray().Select(item => item.GetProperty("FullPath").GetString()!)];
    });

    /// <summary>The framework, and what lies beside the simulator, as far as the project may know it.</summary>
    private static IEnumerable<string> References(string folder, string project)
    {
        string[] mayNotKnow =
            [.. Projects.SkipWhile(other => other != project), "Support.Oracle", "Support.Fixtures", "Support.Durable", "Simulation"];
        return Packs("ref", "net*")
            .Concat(Directory.EnumerateFiles(folder, "*.dll").Where(IsManaged))
            .Where(file => !mayNotKnow.Contains(Path.GetFileNameWithoutExtension(file).Replace("Tidemark.", "", StringComparison.Ordinal)))
            .DistinctBy(Path.GetFileName);
    }

    private static IEnumerable<string> Packs(params string[] below)
    {
        foreach (string pack in (string[])["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"])
        {
            string folder = Newest(Path.Combine(DotnetRoot, "packs", pack));
            foreach (string part in below)
            {
                folder = part.Contains('*', StringComparison.Ordinal) ? Newest(folder, part) : Path.Combine(folder, part);
            }

            foreach (string file in Directory.EnumerateFiles(folder, "*.dll"))
            {
                yield return file;
            }
        }
    }

    private static string Newest(string folder, string pattern = "*") =>
        Directory.GetDirectories(folder, pattern).MaxBy(path => Version.TryParse(Path.GetFileName(path)
            .Replace("net", "", StringComparison.Ordinal).Split('-')[0], out Version? version) ? version : new Version())
        ?? throw new InvalidOperationException($"Nothing in {folder}: the mutations are compiled by the .NET SDK.");

    private static bool IsManaged(string file)
    {
        try
        {
            AssemblyName.GetAssemblyName(file);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
