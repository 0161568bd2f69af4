using CsCheck;
using Nhi.Azure.Rotators.Postgres;
using Npgsql;

namespace Nhi.Azure.Tests.Rotators;

public sealed class ConnectionTextTests
{
    private static readonly Gen<string> _ours = Gen.String[Gen.Char.AlphaNumeric, 16, 40];
    private static readonly Gen<string> _anything = Gen.String[Gen.Char[' ', '~'], 1, 30].Where(text => text.Trim() == text);

    [Theory]
    [InlineData("Host=h;Username=u;Password=p", "u", "p")]
    [InlineData("host=h;user id = u ;PWD= p ;x=1", "u", "p")]
    [InlineData("Host=h;Username=u;Password=\"a;\"\"b\"", "u", "a;\"b")]
    [InlineData("Host=h;Username=u;Password='a;''b'", "u", "a;'b")]
    [InlineData("Host=h;Application Name=Password=no;Password=yes", null, "yes")]
    [InlineData("postgres://u:p@h/db", "u", "p")]
    [InlineData("postgresql://u:a%40b@h:5432/db?sslmode=require", "u", "a@b")]
    [InlineData("jdbc:postgresql://h:5432/db?user=u&password=p&ssl=true", "u", "p")]
    [InlineData("host=h user=u password=p dbname=d", "u", "p")]
    [InlineData("host=h user=u password='a b\\'c' dbname=d", "u", "a b'c")]
    [InlineData("just=a;bare:value", null, "just=a;bare:value")]
    [InlineData("", null, "")]
    public void A_text_is_read_in_its_own_form(string text, string? user, string password)
    {
        var read = ConnectionText.Parse(text);
        Assert.Equal((user, password), (read.User, read.Password));
    }

    [Theory]
    [InlineData("Host=h; Username = u ;Password='o;ld';Pooling=true", "Host=h; Username = v ;Password=new;Pooling=true")]
    [InlineData("Password=old;Username=u", "Password=new;Username=v")]
    [InlineData("jdbc:postgresql://h/db?password=old&user=u#x", "jdbc:postgresql://h/db?password=new&user=v#x")]
    [InlineData("postgres://u:old@h/db", "postgres://v:new@h/db")]
    [InlineData("password='o ld' user=u host=h", "password=new user=v host=h")]
    [InlineData("old", "new")]
    public void Only_user_and_password_change(string text, string expected) => Assert.Equal(expected, ConnectionText.Parse(text).With("v", "new"));

    [Fact]
    public void What_Npgsql_writes_is_read_as_Npgsql_means_it() => Gen.Select(_anything, _anything).Sample((user, password) =>
    {
        var text = new NpgsqlConnectionStringBuilder { Host = "h", Username = user, Password = password, ApplicationName = "a=b" }.ConnectionString;
        var read = ConnectionText.Parse(text);
        Assert.Equal((user, password), (read.User, read.Password));
    });

    [Fact]
    public void What_we_write_into_any_form_is_what_its_reader_gets() => Gen.Select(_anything, _ours, _ours).Sample((old, user, password) =>
    {
        var ado = ConnectionText.Parse(new NpgsqlConnectionStringBuilder { Host = "h", Username = old, Password = old }.ConnectionString).With(user, password);
        var theirs = new NpgsqlConnectionStringBuilder(ado);
        Assert.Equal((user, password, "h"), (theirs.Username, theirs.Password, theirs.Host));
        var uri = ConnectionText.Parse($"postgres://{Uri.EscapeDataString(old)}:{Uri.EscapeDataString(old)}@h/d").With(user, password);
        Assert.Equal($"postgres://{user}:{password}@h/d", uri);
    });
}
