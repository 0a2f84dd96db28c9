using Tidemark.Sinks;

namespace Tidemark.Functions.Hosting;

/// <summary>The app's settings of one sink, which start with its name.</summary>
internal sealed class SinkSettings(Settings settings, string section) : ISinkSettings
{
    public string? Text(string name) => settings.Text(FullName(name));

    public bool Flag(string name) => settings.Flag(FullName(name));

    public int Number(string name, int otherwise, int least, int most) => settings.Number(FullName(name), otherwise, least, most);

    public TimeSpan Span(string name, TimeSpan otherwise) => settings.Span(FullName(name), otherwise);

    public void Mistake(string name, string mistake) => settings.Mistake($"{FullName(name)}: {mistake}");

    public string FullName(string name) => $"{section}__{name}";
}
