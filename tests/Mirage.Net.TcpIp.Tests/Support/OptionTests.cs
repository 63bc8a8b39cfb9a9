using System.Reflection;

namespace Mirage.Net.TcpIp.Tests;

public sealed class OptionTests
{
    public static TheoryData<Type, string> Numbers =>
        [.. from type in new[] { typeof(StackLimits), typeof(TcpSettings), typeof(ArpOptions), typeof(NdpSettings) }
            from property in type.GetProperties()
            where property.CanWrite && (property.PropertyType == typeof(int) || property.PropertyType == typeof(long) || property.PropertyType == typeof(TimeSpan))
            select (type, property.Name)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_number_that_cannot_be_is_refused_where_it_is_written(Type type, string name)
    {
        var property = type.GetProperty(name)!;
        object negative = property.PropertyType == typeof(TimeSpan) ? TimeSpan.FromTicks(-1) : Convert.ChangeType(-1, property.PropertyType, null);
        var thrown = Assert.Throws<TargetInvocationException>(() => property.SetValue(Activator.CreateInstance(type), negative));
        Assert.Equal(name, Assert.IsType<ArgumentOutOfRangeException>(thrown.InnerException).ParamName);

        // What is there by default may be.
        var options = Activator.CreateInstance(type);
        property.SetValue(options, property.GetValue(options));
    }
}
