using System.Diagnostics.CodeAnalysis;

namespace Parquet.Serialization.Mapping;

/// <summary>
/// How a member of type <typeparamref name="TMember"/> holds a column's value of type <typeparamref name="TValue"/> or its absence.
/// Implemented by structs, so that each kind of column compiles to code of its own.
/// </summary>
internal interface IElement<TMember, TValue>
{
    static abstract TMember Missing { get; }

    static abstract bool TryGet(TMember member, [MaybeNullWhen(false)] out TValue value);

    static abstract TMember Wrap(TValue value);
}

internal readonly struct Required<T> : IElement<T, T>
    where T : struct
{
    public static T Missing => default;

    public static bool TryGet(T member, out T value)
    {
        value = member;
        return true;
    }

    public static T Wrap(T value) => value;
}

internal readonly struct Optional<T> : IElement<T?, T>
    where T : struct
{
    public static T? Missing => null;

    public static bool TryGet(T? member, out T value)
    {
        value = member.GetValueOrDefault();
        return member.HasValue;
    }

    public static T? Wrap(T value) => value;
}

internal readonly struct Reference<T> : IElement<T?, T>
    where T : class
{
    public static T? Missing => null;

    public static bool TryGet(T? member, [MaybeNullWhen(false)] out T value)
    {
        value = member;
        return value is not null;
    }

    public static T? Wrap(T value) => value;
}

/// <summary>A null in a column that allows none becomes empty, as in the real library.</summary>
internal readonly struct RequiredText : IElement<string?, string>
{
    public static string? Missing => "";

    public static bool TryGet(string? member, out string value)
    {
        value = member ?? "";
        return true;
    }

    public static string? Wrap(string value) => value;
}

/// <inheritdoc cref="RequiredText"/>
internal readonly struct RequiredBytes : IElement<byte[]?, byte[]>
{
    public static byte[]? Missing => [];

    public static bool TryGet(byte[]? member, out byte[] value)
    {
        value = member ?? [];
        return true;
    }

    public static byte[]? Wrap(byte[] value) => value;
}

/// <summary>Finds the element for a member's type and a field.</summary>
internal static class ElementTypes
{
    /// <summary>The type in which a column's values are held: text as string, bytes as an array.</summary>
    public static Type Stored(Type member) => Nullable.GetUnderlyingType(member) ?? member;

    public static Type Of(Type member, bool isNullable)
    {
        Type stored = Stored(member);
        if (stored.IsValueType)
        {
            return (stored == member ? typeof(Required<>) : typeof(Optional<>)).MakeGenericType(stored);
        }

        return isNullable ? typeof(Reference<>).MakeGenericType(stored)
            : stored == typeof(string) ? typeof(RequiredText)
            : typeof(RequiredBytes);
    }
}
