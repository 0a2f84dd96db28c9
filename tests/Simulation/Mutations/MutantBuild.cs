using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Tidemark.Simulation.Mutations;

/// <summary>
/// Compiles a project of the product with edits, so that the product's own source is tested and needs no switches for tests.
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

    private static readonly CSharpParseOptions Syntax = new(LanguageVersion.Latest);

    private static readonly Lazy<IEnumerable<ISourceGenerator>> Generators = new(() =>
        [.. Packs("analyzers", "dotnet", "cs")
            .SelectMany(file => new AnalyzerFileReference(file, new GeneratorLoader()).GetGenerators(LanguageNames.CSharp))]);

    private static readonly ConcurrentDictionary<string, CSharpCompilation> Unchanged = [];
    private static readonly ConcurrentDictionary<string, IReadOnlyList<string>> Sources = [];
    private static readonly ConcurrentDictionary<string, IReadOnlyList<TypeDeclarationSyntax>> Types = [];

    /// <summary>The projects that can be edited, in build order.</summary>
    public static IReadOnlyList<string> Projects { get; } = ["Core", "Engine", "Protocol", "Sinks", "Functions"];

    /// <summary>Copies the simulator and puts mutated assemblies into the copy.</summary>
    /// <param name="edits">The edits.</param>
    /// <param name="projects">The projects to compile.</param>
    /// <param name="folder">An empty folder.</param>
    public static void Into(string folder, IReadOnlyList<Edit> edits, IEnumerable<string> projects)
    {
        foreach (string file in Directory.EnumerateFiles(Output))
        {
            // The app's own folder is where the host finds its main assembly, so that is copied; a hundred megabytes of others need not be.
            string copy = Path.Combine(folder, Path.GetFileName(file));
            if (OperatingSystem.IsWindows() || Path.GetFileName(file).StartsWith("Tidemark.", StringComparison.Ordinal))
            {
                File.Copy(file, copy);
            }
            else
            {
                File.CreateSymbolicLink(copy, file);
            }
        }

        List<string> compiled = [];
        foreach (string project in Projects.Where(projects.Contains))
        {
            Compile(project, [.. edits.Where(edit => edit.Project == project)], folder, compiled);
            compiled.Add(project);
        }
    }

    /// <summary>The source files that edits change, with the edits applied.</summary>
    /// <exception cref="InvalidOperationException">The construct of an edit does not occur exactly once.</exception>
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

    private static void Compile(string project, IReadOnlyList<Edit> edits, string folder, IEnumerable<string> compiled)
    {
        CSharpCompilation compilation = Unchanged.GetOrAdd(project, Parse);
        foreach (string other in compiled)
        {
            string name = $"Tidemark.{other}.dll";
            MetadataReference unchanged = compilation.References.Single(reference => Path.GetFileName(reference.Display) == name);
            compilation = compilation.ReplaceReference(unchanged, MetadataReference.CreateFromFile(Path.Combine(folder, name)));
        }

        foreach ((string file, string text) in Apply(edits))
        {
            SyntaxTree old = compilation.SyntaxTrees.Single(tree => tree.FilePath == file);
            compilation = compilation.ReplaceSyntaxTree(old, ParseText(file, text));
        }

        CSharpGeneratorDriver.Create(Generators.Value, parseOptions: Syntax)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation whole, out _);
        string assembly = Path.Combine(folder, $"Tidemark.{project}.dll");
        File.Delete(assembly);
        EmitResult result = whole.Emit(assembly);
        if (!result.Success)
        {
            IEnumerable<Diagnostic> errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            throw new InvalidOperationException($"The mutated {project} does not compile:\n{string.Join('\n', errors)}");
        }
    }

    private static CSharpCompilation Parse(string project)
    {
        // Generated by the build of the project: global usings and the assembly's attributes.
        string[] built = new DirectoryInfo(Output).FullName.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar)[^2..];
        IEnumerable<string> generated = Directory.EnumerateFiles(Path.Combine([Root.Value, "src", project, "obj", .. built]), "*.cs");
        return CSharpCompilation.Create(
            $"Tidemark.{project}",
            SourcesOf(project).Concat(generated).Select(file => ParseText(file, File.ReadAllText(file))),
            References(project).Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(
                project == "Functions" ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                checkOverflow: project is "Core" or "Engine" or "Protocol",
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable,
                deterministic: true));
    }

    private static SyntaxTree ParseText(string file, string text) => CSharpSyntaxTree.ParseText(text, Syntax, file, Encoding.UTF8);

    /// <summary>Runs a program on this runtime; returns its exit code and its output.</summary>
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

    /// <summary>The files that the project compiles, as MSBuild evaluates them, since some are for the real packages only.</summary>
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

    /// <summary>The framework, and the assemblies beside the simulator that the project may reference.</summary>
    private static IEnumerable<string> References(string project)
    {
        string[] mayNotKnow =
            [.. Projects.SkipWhile(other => other != project), "Support.Oracle", "Support.Fixtures", "Support.Durable", "Simulation"];
        return Packs("ref", "net*")
            .Concat(Directory.EnumerateFiles(Output, "*.dll").Where(IsManaged))
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

    private sealed class GeneratorLoader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
            // The generators of the framework's packs need only the compiler.
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
