using System.Linq.Expressions;
using System.Reflection;

namespace Parquet.Serialization.Mapping;

/// <summary>Compiled access to members: reflection once per class, not once per row.</summary>
internal static class MemberAccess
{
    public static Func<TRow, TMember> Getter<TRow, TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        Expression value = Expression.MakeMemberAccess(row, member);
        return Expression.Lambda<Func<TRow, TMember>>(Expression.Convert(value, typeof(TMember)), row).Compile();
    }

    public static Action<TRow, TMember> Setter<TRow, TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        ParameterExpression value = Expression.Parameter(typeof(TMember));
        MemberExpression target = Expression.MakeMemberAccess(row, member);
        return Expression.Lambda<Action<TRow, TMember>>(Expression.Assign(target, Expression.Convert(value, target.Type)), row, value).Compile();
    }
}
