using System.Text.Json;

namespace Tidemark.Cli.DeadLetters;

/// <summary>How far a file of dead letters goes.</summary>
/// <param name="Path">Where it was.</param>
/// <param name="File">Which file it was.</param>
/// <param name="Length">Bytes of letters that belong to what has been counted.</param>
internal sealed record DeadLetterMark(string Path, FileIdentity File, long Length)
{
    /// <summary>Writes the properties of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("path", Path);
        json.WriteNumber("device", File.Device);
        json.WriteNumber("inode", File.Inode);
        json.WriteNumber("length", Length);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static DeadLetterMark Read(JsonElement json) => new(
        json.GetProperty("path").GetString() ?? "",
        new FileIdentity(json.GetProperty("device").GetUInt64(), json.GetProperty("inode").GetUInt64()),
        json.GetProperty("length").GetInt64());
}
