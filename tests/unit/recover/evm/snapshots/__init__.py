"""Printed EVM reports that test_report compares with."""
