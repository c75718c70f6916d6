import pytest

from credit.decision_log import Log, LogError, address


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("decisions.db", "sqlite:///decisions.db"),
        ("/var/a folder/d.db", "sqlite:////var/a folder/d.db"),
        ("sqlite:////var/d.db", "sqlite:////var/d.db"),
        ("postgres://u:p@host:5432/name", "postgresql+psycopg://u:p@host:5432/name"),
        ("postgresql://u:p@host/name?sslmode=require", "postgresql+psycopg://u:p@host/name?sslmode=require"),
        *(
            (form, "postgresql+psycopg://u:p@host:5/name")
            for form in (
                "postgresql+pg8000://u:p@host:5/name",
                "postgresql+psycopg://u:p@host:5/name",
                "postgresql+psycopg2://u:p@host:5/name",
                "postgres+asyncpg://u:p@host:5/name",
                "POSTGRES://u:p@host:5/name",
                " postgresql://u:p@host:5/name\r\n",
                "'postgresql://u:p@host:5/name'",
                '"postgres://u:p@host:5/name"',
                "psql 'postgresql://u:p@host:5/name'",
                "psql postgresql://u:p@host:5/name",
                "DATABASE_URL=postgres://u:p@host:5/name",
                'export DATABASE_URL="postgres://u:p@host:5/name"',
                "jdbc:postgresql://host:5/name?user=u&password=p",
                "'jdbc:postgresql://host:5/name?user=u&password=p'",
                "postgresql://host:5/name?user=u&password=p",
            )
        ),
        ("postgresql://u:p%40s%2Fs@host/name", "postgresql+psycopg://u:p%40s%2Fs@host/name"),
        ("a folder/the log.db", "sqlite:///a folder/the log.db"),
    ],
)
def test_paths_and_addresses_are_understood(given, understood):
    assert address(given).render_as_string(hide_password=False) == understood


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mysql://u:secret@host/name", "kept in PostgreSQL or SQLite, not in 'mysql'"),
        ("postgresql://u:secret@host:port/name", "DATABASE_URL is not an address"),
        ("://secret", "DATABASE_URL is not an address"),
        ("postgresql://u:sec@ret@host/name", "more than one '@': in the user's name and the password write %40"),
        ("postgresql://u:a@secret?b@host/name", "more than one '@'"),
        ("postgresql://u:p@host/name?secret@1=1", "more than one '@'"),
        ("postgresql://u:secret@one:5432,two:5432/name", "names more than one host, and the decision log connects to"),
        ("postgresql://u:secret@/name?host=one,two", "names more than one host"),
        ("u:secret@host/name", "does not begin with postgresql://: write postgresql://user:password@host/name"),
        ("postgresql:/u:secret@host/name", "does not begin with postgresql://"),
        ("psql -h host -U u name", "and not the options of psql: write them as one"),
        ("host=host password=secret", "not as name=value"),
        ("psql 'host=host password=secret'", "not as name=value"),
        ("postgresql://u:[YOUR-PASSWORD]@host/name", "a placeholder where the password belongs: write the password"),
        ("postgresql://u:********@host/name", "a placeholder where the password belongs"),
        ("", "DATABASE_URL is empty: write postgresql://"),
        (" \n", "DATABASE_URL is empty"),
    ],
)
def test_an_address_of_another_kind_is_refused_without_its_password(given, words):
    with pytest.raises(LogError, match=words) as caught:
        address(given)
    assert "secret" not in str(caught.value)


def test_a_git_lfs_pointer_in_the_place_of_the_log_is_refused_before_it_is_opened(tmp_path):
    file = tmp_path / "d.db"
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    known = file.read_bytes()
    for given in (file, f"sqlite:///{file}"):
        with pytest.raises(LogError) as caught:
            Log(given)
        assert str(caught.value) == f"{file} is a Git LFS pointer and not the file itself: run git lfs pull."
    assert file.read_bytes() == known


def test_the_name_of_a_log_hides_its_password(tmp_path):
    assert Log(tmp_path / "d.db").name == f"sqlite:///{tmp_path}/d.db"
    assert "secret" not in address("postgresql://u:secret@host/name").render_as_string(hide_password=True)
