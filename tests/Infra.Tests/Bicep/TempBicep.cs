namespace Tidemark.Infra.Tests.Bicep;

/// <summary>Files beside a copy of infra/bicepconfig.json, until it is disposed.</summary>
internal sealed class TempBicep : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tidemark-bicep-").FullName;

    public TempBicep(IEnumerable<(string Name, string Text)> files)
    {
        File.Copy(Path.Combine(Repository.Infra, "bicepconfig.json"), Path.Combine(_folder, "bicepconfig.json"));
        foreach ((string name, string text) in files)
        {
            File.WriteAllText(At(name), text);
        }
    }

    public string At(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
