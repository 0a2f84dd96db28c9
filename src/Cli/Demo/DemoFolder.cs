using System.Globalization;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Demo;

/// <summary>Makes the folder of one demo.</summary>
internal static class DemoFolder
{
    /// <summary>
    /// A folder named after the time, with a lake and an empty file for dead letters; another for every caller, even in the same second.
    /// </summary>
    /// <exception cref="SinkException">It cannot be made.</exception>
    public static (LocalLake Lake, string DeadLetters) Make(string parent, DateTimeOffset now)
    {
        string name = now.ToString("yyyy-MM-dd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        for (int i = 1; ; i++)
        {
            string folder = Path.Combine(parent, i == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"));
            string letters = Path.Combine(folder, "dead-letters.ndjson");
            if (File.Exists(letters))
            {
                continue;
            }

            LocalLake lake = LocalLake.Open(Path.Combine(folder, "lake"));
            try
            {
                // Of several that find the folder free, one makes this file: the folder is that one's.
                PrivateFile.Open(letters, FileMode.CreateNew, FileAccess.Write, FileShare.None).Dispose();
                return (lake, letters);
            }
            catch (IOException) when (File.Exists(letters))
            {
                // Somebody else's.
            }
            catch (Exception error) when (IoProblem.Is(error))
            {
                throw new SinkException($"cannot write dead letters to {letters}: {IoProblem.Describe(error)}", error);
            }
        }
    }
}
