using System.Text.Json;

namespace Tidemark.Cli;

/// <summary>What a command answers to a program: one JSON object, indented, and a line end.</summary>
internal static class IndentedJson
{
    /// <summary>Writes an object in one piece: whoever reads the output never sees half of it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="write">Writes its properties.</param>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public static void Write(Stream output, Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        output.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
        output.Flush();
    }
}
