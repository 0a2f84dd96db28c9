using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>Goal: every kind has an event type of its own, no two share a place, and no other text is taken for one.</summary>
public sealed class EventKindTests
{
    [Fact]
    public void TypeName_EveryKind_IsItsOwnAndLeadsBackToIt()
    {
        Assert.Equal(Enum.GetValues<EventKind>().Length - 1, EventKinds.Named.Count);
        Assert.All(Enum.GetValues<EventKind>(), kind => Assert.InRange((int)kind, 0, EventKinds.Capacity - 1));
        Assert.Distinct(Enum.GetValues<EventKind>());
        Assert.Distinct(EventKinds.Named.Select(kind => kind.TypeName()));
        Assert.All(EventKinds.Named, kind => Assert.Equal(kind, EventKinds.Of(Encoding.UTF8.GetBytes(kind.TypeName()))));
    }

    [Fact]
    public void TypeName_Other_HasNone() => Assert.Throws<ArgumentOutOfRangeException>(() => EventKind.Other.TypeName());

    [Fact]
    public void Of_TextNextToAType_IsOther()
    {
        foreach (EventKind kind in EventKinds.Named)
        {
            byte[] type = Encoding.UTF8.GetBytes(kind.TypeName());
            IEnumerable<byte[]> near =
            [
                type[..^1], type[1..], [.. type, 0], [.. type, (byte)'s'], [.. type, .. type], [.. type, .. new byte[16]],
                .. type.Select((_, i) => { byte[] other = [.. type]; other[i] ^= 0x20; return other; }),
            ];
            Assert.All(near, text => Assert.Equal(EventKind.Other, EventKinds.Of(text)));
        }
    }

    [Fact]
    public void Of_NoText_IsOther() => Assert.Equal(EventKind.Other, EventKinds.Of(default));
}
