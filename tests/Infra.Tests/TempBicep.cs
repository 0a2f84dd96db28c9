namespace Tidemark.Infra.Tests;

/// <summary>Texts as files, the first as main.bicep, the others as a.bicep, b.bicep, until it is disposed.</summary>
internal sealed class TempBicep : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tidemark-bicep-").FullName;

    public TempBicep(params string[] texts)
    {
        Paths = [.. texts.Select((_, i) => Path.Combine(_folder, i == 0 ? "main.bicep" : $"{(char)('a' + i - 1)}.bicep"))];
        for (int i = 0; i < texts.Length; i++)
        {
            File.WriteAllText(Paths[i], texts[i]);
        }
    }

    public IReadOnlyList<string> Paths { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
