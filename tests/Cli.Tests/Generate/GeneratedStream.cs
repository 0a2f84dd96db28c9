using System.Buffers;
using Tidemark.Cli.Generate;

namespace Tidemark.Cli.Tests.Generate;

/// <summary>Helpers to read a generated stream.</summary>
internal static class GeneratedStream
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    public static GeneratorOptions Clean(long events) => Of(events) with { LatePercent = 0, BadPercent = 0, DuplicatePercent = 0, DisorderMs = 0 };

    public static GeneratorOptions Of(long events) => new() { Events = events, Start = Start };

    /// <summary>Every line without its LF, with the generator as it is after the line.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Line, EventGenerator Generator)> Lines(GeneratorOptions options)
    {
        var generator = new EventGenerator(options);
        byte[] buffer = new byte[EventGenerator.MaxLineBytes];
        while (generator.TryWriteNext(buffer, out int bytes))
        {
            Assert.Equal((byte)'\n', buffer[bytes - 1]);
            yield return (buffer.AsMemory(0, bytes - 1), generator);
        }
    }

    public static byte[] Bytes(GeneratorOptions options, int initialCapacity = 1)
    {
        var generator = new EventGenerator(options);
        var output = new ArrayBufferWriter<byte>(initialCapacity);
        while (generator.WriteNext(output))
        {
        }

        return output.WrittenSpan.ToArray();
    }
}
